// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.azure;

import io.kmesh.cloud.azure.internal.Sdk;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.ObjectStoreProvider;
import io.kmesh.spi.store.PrefixedObjectStore;
import io.kmesh.spi.store.StorageClass;
import io.kmesh.spi.store.StoreOption;
import io.kmesh.spi.store.StoreUrl;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Opens {@code az://container/prefix} and {@code az://container@account/prefix}, with the
 * credentials of the environment. Thread-safe.
 */
public final class BlobStores implements ObjectStoreProvider {
  private static final List<StoreOption> OPTIONS =
      List.of(
          new StoreOption(
              "account",
              "The storage account, as container@account says it too; by default"
                  + " AZURE_STORAGE_ACCOUNT."),
          new StoreOption(
              "endpoint",
              "Where the account answers; by default https://ACCOUNT.blob.core.windows.net."),
          new StoreOption(
              "credentials",
              "environment (the default), or managed-identity, whatever the environment says."),
          new StoreOption(
              "client-id", "Which identity of the machine, with credentials=managed-identity."),
          new StoreOption(
              "restore-to", "The tier that archived objects are restored to; by default Hot."));

  /** For {@link java.util.ServiceLoader}. */
  public BlobStores() {}

  @Override
  public Set<String> schemes() {
    return Set.of("az");
  }

  @Override
  public List<StoreOption> options() {
    return OPTIONS;
  }

  @Override
  public ObjectStore open(StoreUrl url) throws ProviderException {
    url.requireKnown(OPTIONS.stream().map(StoreOption::name).collect(Collectors.toSet()));
    Sdk.require(url.toString());
    int at = url.bucket().indexOf('@');
    BlobStore.Builder builder =
        BlobStore.builder(at < 0 ? url.bucket() : url.bucket().substring(0, at));
    if (at >= 0) {
      builder.account(url.bucket().substring(at + 1));
    }
    url.option("account").ifPresent(builder::account);
    if (url.option("endpoint").isPresent()) {
      builder.endpoint(endpoint(url, url.option("endpoint").get()));
    }
    builder.credentials(credentials(url));
    url.option("restore-to").ifPresent(tier -> builder.restoreTo(new StorageClass(tier)));
    return PrefixedObjectStore.of(builder.build(), url.prefix());
  }

  private static BlobCredentials credentials(StoreUrl url) throws ProviderException {
    String kind = url.option("credentials").orElse("environment");
    return switch (kind) {
      case "environment" -> BlobCredentials.environment();
      case "managed-identity" ->
          url.option("client-id")
              .map(BlobCredentials::managedIdentity)
              .orElseGet(BlobCredentials::managedIdentity);
      default ->
          throw invalid(
              url, "credentials=" + kind + " is not known. Use environment or managed-identity");
    };
  }

  private static URI endpoint(StoreUrl url, String text) throws ProviderException {
    try {
      URI endpoint = new URI(text);
      if (endpoint.getHost() != null && Set.of("http", "https").contains(endpoint.getScheme())) {
        return endpoint;
      }
    } catch (URISyntaxException e) {
      // Refused below.
    }
    throw invalid(url, "endpoint is no http or https URL. Correct it");
  }

  private static ProviderException invalid(StoreUrl url, String reason) {
    return new ProviderException(ErrorKind.INVALID, "Cannot open " + url + ": " + reason + ".");
  }
}
