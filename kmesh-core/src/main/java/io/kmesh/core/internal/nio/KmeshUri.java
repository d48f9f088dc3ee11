// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.nio;

import io.kmesh.path.PathBytes;
import java.net.URI;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * URIs of paths, {@code kmesh:REPOSITORY!/ID/PATH}: all three percent-encoded bytes, ID that of a
 * snapshot or a copy. They lead to what is open in this process.
 */
final class KmeshUri {
  /** The scheme. */
  static final String SCHEME = "kmesh";

  private static final String BANG = "!/";
  private static final Map<String, CopyOnWriteArrayList<KmeshFileSystem>> OPEN =
      new ConcurrentHashMap<>();

  private KmeshUri() {}

  /** The key of a file system. */
  static String key(String repository, String id) {
    return NameText.percent(NameText.bytes(repository)).replace("/", "%2F")
        + BANG
        + NameText.percent(NameText.bytes(id)).replace("/", "%2F");
  }

  static URI of(KmeshFileSystem system, PathBytes absolute) {
    return URI.create(SCHEME + ":" + system.key() + NameText.percent(absolute));
  }

  static void add(KmeshFileSystem system) {
    OPEN.computeIfAbsent(system.key(), k -> new CopyOnWriteArrayList<>()).add(system);
  }

  static void remove(KmeshFileSystem system) {
    OPEN.computeIfPresent(
        system.key(),
        (k, all) -> {
          all.remove(system);
          return all.isEmpty() ? null : all;
        });
  }

  /** Where the key ends in the part behind the scheme. */
  private static int end(URI uri, String rest) {
    int bang = rest.indexOf(BANG);
    if (!SCHEME.equalsIgnoreCase(uri.getScheme()) || bang <= 0 || uri.getRawFragment() != null) {
      throw new IllegalArgumentException(
          "Cannot use the URI " + uri + ". Write kmesh:REPOSITORY!/SNAPSHOT/PATH.");
    }
    int slash = rest.indexOf('/', bang + BANG.length());
    int end = slash < 0 ? rest.length() : slash;
    if (end == bang + BANG.length()) {
      throw new IllegalArgumentException(
          "Cannot use the URI " + uri + ": it names no snapshot. Write it behind \"!/\".");
    }
    return end;
  }

  /** A key as it is written here, whatever was escaped in it that need not be, or the reverse. */
  private static String normal(String key) {
    int bang = key.indexOf(BANG);
    return escaped(key.substring(0, bang)) + BANG + escaped(key.substring(bang + BANG.length()));
  }

  private static String escaped(String part) {
    return NameText.percent(NameText.ofPercent(part)).replace("/", "%2F");
  }

  /** The file system of a URI; of several the one opened first. */
  static KmeshFileSystem find(URI uri) {
    String rest = uri.getRawSchemeSpecificPart();
    CopyOnWriteArrayList<KmeshFileSystem> found =
        OPEN.get(normal(rest.substring(0, end(uri, rest))));
    if (found != null) {
      for (KmeshFileSystem system : found) {
        return system;
      }
    }
    throw new FileSystemNotFoundException(
        "Cannot find " + uri + ": it is not open here. Open it by its repository, which has keys.");
  }

  /** The path of a URI. */
  static Path path(URI uri) {
    KmeshFileSystem system = find(uri);
    String rest = uri.getRawSchemeSpecificPart();
    return KmeshPath.of(
        system, PathBytes.of("/").resolve(NameText.ofPercent(rest.substring(end(uri, rest)))));
  }
}
