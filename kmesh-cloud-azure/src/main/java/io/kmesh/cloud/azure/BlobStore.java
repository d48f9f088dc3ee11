// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.azure;

import com.azure.storage.blob.BlobContainerAsyncClient;
import io.kmesh.cloud.azure.internal.AzureBlobStore;
import io.kmesh.cloud.azure.internal.Clients;
import io.kmesh.cloud.azure.internal.Sdk;
import io.kmesh.cloud.azure.internal.credential.Credential;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.ForwardingObjectStore;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.StorageClass;
import io.kmesh.spi.time.KmeshTime;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * A container of Azure Blob Storage. Thread-safe. The SDK's retries are off; stages complete on its
 * threads. {@code docs/design/cloud-stores-azure.md} says what Azure has otherwise than others.
 */
public final class BlobStore extends ForwardingObjectStore {
  private static final StorageClass HOT = new StorageClass("Hot");

  private final ObjectStore store;

  private BlobStore(ObjectStore store) {
    this.store = store;
  }

  @Override
  protected ObjectStore delegate() {
    return store;
  }

  /** Begins a store on a container, with the credentials of the environment. */
  public static Builder builder(String container) {
    return new Builder(container);
  }

  /**
   * A store over the application's own client. Its pipeline should not retry: Kmesh does. Where it
   * signs URLs, a copy's source must be readable without.
   */
  @SuppressWarnings("exports") // the SDK is optional: who hands in its client requires it anyway
  public static BlobStore of(BlobContainerAsyncClient container) {
    return new BlobStore(new AzureBlobStore(container, KmeshTime.machine(), HOT, null));
  }

  @Override
  public String toString() {
    return store.toString();
  }

  /** Describes a store. Not thread-safe. */
  public static final class Builder {
    private final String container;
    private @Nullable String account;
    private @Nullable URI endpoint;
    private @Nullable BlobCredentials credentials;
    private StorageClass restoreTo = HOT;
    private KmeshTime time = KmeshTime.machine();

    private Builder(String container) {
      this.container = container;
    }

    /** The storage account; by default that of the credentials. */
    public Builder account(String value) {
      this.account = value;
      return this;
    }

    /** Where the account answers; by default {@code https://ACCOUNT.blob.core.windows.net}. */
    public Builder endpoint(URI value) {
      this.endpoint = value;
      return this;
    }

    /** What to show to the service; by default {@link BlobCredentials#environment()}. */
    public Builder credentials(BlobCredentials value) {
      this.credentials = value;
      return this;
    }

    /** The tier that archived objects are restored to; by default {@code Hot}. */
    public Builder restoreTo(StorageClass value) {
      this.restoreTo = value;
      return this;
    }

    /** The clock and timers; by default the machine's. */
    public Builder time(KmeshTime value) {
      this.time = value;
      return this;
    }

    /**
     * The store. No request is made.
     *
     * @throws ProviderException UNSUPPORTED without the SDK, INVALID when the account is not known
     *     or a value can't be read
     */
    public BlobStore build() throws ProviderException {
      Sdk.require("az://" + container);
      BlobCredentials used = credentials == null ? BlobCredentials.environment() : credentials;
      Credential credential = used.credential(time);
      try {
        return new BlobStore(
            new AzureBlobStore(
                Clients.of(where(used), container, credential),
                time,
                restoreTo,
                credential instanceof Credential.Sas sas ? sas.token() : null));
      } catch (IllegalArgumentException e) {
        throw new ProviderException(
            ErrorKind.INVALID,
            "Cannot open az://"
                + container
                + " with "
                + used
                + ": a name, the endpoint or the key is malformed. Correct it.");
      }
    }

    private URI where(BlobCredentials used) throws ProviderException {
      if (endpoint != null) {
        return endpoint;
      }
      if (account == null && used.endpoint() != null) {
        return used.endpoint();
      }
      String name = account == null ? used.account() : account;
      if (name == null) {
        throw new ProviderException(
            ErrorKind.INVALID,
            "Cannot open az://"
                + container
                + ": the storage account is not known. Give account, endpoint, or"
                + " AZURE_STORAGE_ACCOUNT.");
      }
      return URI.create("https://" + name + ".blob.core.windows.net");
    }
  }
}
