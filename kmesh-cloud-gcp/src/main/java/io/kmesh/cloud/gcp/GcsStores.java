// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.gcp;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.ObjectStoreProvider;
import io.kmesh.spi.store.PrefixedObjectStore;
import io.kmesh.spi.store.StorageClass;
import io.kmesh.spi.store.StoreOption;
import io.kmesh.spi.store.StoreUrl;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Opens {@code gs://BUCKET/PREFIX?OPTIONS}. Thread-safe. */
public final class GcsStores implements ObjectStoreProvider {
  private static final List<StoreOption> OPTIONS =
      List.of(
          new StoreOption(
              "endpoint", "where the API is; https://storage.googleapis.com by default"),
          new StoreOption(
              "credentials",
              "default (the machine's), metadata, none, or file:PATH of a key, a user's token or"
                  + " an external account"),
          new StoreOption("project", "the project that pays where the requester does"),
          new StoreOption(
              "storage-class", "the class of new objects, such as NEARLINE; else the bucket's"));

  /** For the service loader. */
  public GcsStores() {}

  @Override
  public Set<String> schemes() {
    return Set.of("gs");
  }

  @Override
  public List<StoreOption> options() {
    return OPTIONS;
  }

  @Override
  public ObjectStore open(StoreUrl url) throws ProviderException {
    Set<String> known = new TreeSet<>();
    OPTIONS.forEach(option -> known.add(option.name()));
    url.requireKnown(known);
    try {
      GcsStore.Builder builder =
          GcsStore.builder(url.bucket())
              .uploadPrefix(url.prefix() + ".kmesh-uploads/")
              .credentials(credentials(url));
      url.option("endpoint").ifPresent(value -> builder.endpoint(URI.create(value)));
      url.option("project").ifPresent(builder::payingProject);
      url.option("storage-class").ifPresent(value -> builder.storageClass(new StorageClass(value)));
      return PrefixedObjectStore.of(builder.build(), url.prefix());
    } catch (IllegalArgumentException e) {
      throw new ProviderException(
          ErrorKind.INVALID, message(url, String.valueOf(e.getMessage())), e);
    }
  }

  /** A builder's words tell what can't be opened; those of the JDK don't. */
  private static String message(StoreUrl url, String said) {
    return said.startsWith("Cannot ") ? said : "Cannot open " + url + ": " + said + ".";
  }

  private static GcsCredentials credentials(StoreUrl url) throws ProviderException {
    String value = url.option("credentials").orElse("default");
    if (value.startsWith("file:") && value.length() > 5) {
      return GcsCredentials.file(Path.of(value.substring(5)));
    }
    return switch (value) {
      case "default" -> GcsCredentials.applicationDefault();
      case "metadata" -> GcsCredentials.metadataServer();
      case "none" -> GcsCredentials.none();
      default ->
          throw new ProviderException(
              ErrorKind.INVALID,
              "Cannot open "
                  + url
                  + ": the option credentials is none of default, metadata, none, file:PATH."
                  + " Use one of them.");
    };
  }
}
