// SPDX-License-Identifier: Apache-2.0
package io.kmesh.store;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.ObjectStoreProvider;
import io.kmesh.spi.store.StoreUrl;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Opens object stores by URL: {@code file:/path} and a plain path are a {@link DirectoryStore};
 * {@code s3://}, {@code az://} and {@code gs://} are those of the modules of the clouds, where they
 * are on the class path. Thread-safe.
 */
public final class ObjectStores {
  private static final Pattern SCHEME =
      Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*):.*", Pattern.DOTALL);

  /** Which module opens what, for those who lack it. */
  private static final Map<String, String> MODULES =
      Map.of("s3", "kmesh-cloud-aws", "az", "kmesh-cloud-azure", "gs", "kmesh-cloud-gcp");

  private final Map<String, List<ObjectStoreProvider>> byScheme = new TreeMap<>();

  private ObjectStores(Iterable<ObjectStoreProvider> providers) {
    for (ObjectStoreProvider provider : providers) {
      for (String scheme : provider.schemes()) {
        byScheme.computeIfAbsent(scheme, s -> new ArrayList<>()).add(provider);
      }
    }
  }

  /** Those that are on the class path. */
  public static ObjectStores found() {
    return found(ObjectStores.class.getClassLoader());
  }

  /** Those that a class loader finds. */
  public static ObjectStores found(ClassLoader loader) {
    return new ObjectStores(ServiceLoader.load(ObjectStoreProvider.class, loader));
  }

  /** These and no others. */
  public static ObjectStores of(ObjectStoreProvider... providers) {
    return new ObjectStores(List.of(providers));
  }

  /** What can be opened, in order, {@code file} among them. */
  public List<String> schemes() {
    List<String> schemes = new ArrayList<>(byScheme.keySet());
    schemes.add("file");
    schemes.sort(null);
    return List.copyOf(schemes);
  }

  /** Whether a text names a directory of this machine: a path, or {@code file:}. */
  public static boolean isDirectory(String url) {
    Matcher scheme = SCHEME.matcher(url);
    return !scheme.matches() || scheme.group(1).equalsIgnoreCase("file");
  }

  /**
   * The directory that a text names.
   *
   * @throws IllegalArgumentException when it names none
   */
  public static Path directory(String url) {
    return SCHEME.matcher(url).matches() ? Path.of(URI.create(url)) : Path.of(url);
  }

  /**
   * Opens a store; a directory is made where there is none.
   *
   * @throws IOException a {@link ProviderException}: INVALID when the URL is wrong, UNSUPPORTED
   *     when nothing opens its scheme, or two do
   */
  public ObjectStore open(String url) throws IOException {
    if (isDirectory(url)) {
      try {
        return DirectoryStore.at(directory(url));
      } catch (IllegalArgumentException e) {
        throw new ProviderException(
            ErrorKind.INVALID,
            "Cannot open the store " + url + ": " + e.getMessage() + ". Write file:/path.",
            e);
      }
    }
    StoreUrl parsed = StoreUrl.parse(url);
    List<ObjectStoreProvider> providers = byScheme.getOrDefault(parsed.scheme(), List.of());
    if (providers.size() == 1) {
      return providers.get(0).open(parsed);
    }
    throw new ProviderException(
        ErrorKind.UNSUPPORTED,
        "Cannot open "
            + parsed
            + ": "
            + (providers.isEmpty() ? missing(parsed) : several(providers)));
  }

  private String missing(StoreUrl url) {
    String module = MODULES.get(url.scheme().toLowerCase(Locale.ROOT));
    return "nothing here opens "
        + url.scheme()
        + ":, only "
        + String.join(", ", schemes())
        + ". "
        + (module == null
            ? "Use one of them."
            : "Put " + module + " on the class path, with the SDK that it names.");
  }

  private static String several(List<ObjectStoreProvider> providers) {
    return "several do it: "
        + String.join(", ", providers.stream().map(p -> p.getClass().getName()).sorted().toList())
        + ". Leave one on the class path, or open the store by one of them.";
  }
}
