// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.nio;

import io.kmesh.path.PathBytes;
import java.io.IOException;
import java.nio.file.ClosedFileSystemException;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.WatchService;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.spi.FileSystemProvider;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;

/**
 * A tree as java.nio sees it: a snapshot, a copy of one with changes, what a flow gives access to.
 * docs/design/snapshot-files.md has the semantics. Thread-safe.
 */
public final class KmeshFileSystem extends FileSystem {
  /** The views of attributes. */
  static final Set<String> VIEWS = Set.of("basic", "owner", "posix", "unix", "user");

  private final Volume volume;
  private final String key;
  private final long bytes;
  private final AtomicBoolean isOpen = new AtomicBoolean(true);

  /**
   * Shows a volume, and lists it under a URI until it is closed.
   *
   * @param volume closed with it
   * @param repository what its URIs call where it is from
   * @param id what its URIs call it
   * @param bytes of all its files, for people; 0 when nobody counted
   */
  public KmeshFileSystem(Volume volume, String repository, String id, long bytes) {
    this(volume, KmeshUri.key(repository, id), bytes);
    KmeshUri.add(this);
  }

  private KmeshFileSystem(Volume volume, String key, long bytes) {
    this.volume = volume;
    this.key = key;
    this.bytes = bytes;
  }

  /** One that no URI finds, for paths of a volume that is in the making; it needs no closing. */
  public static KmeshFileSystem unlisted(Volume volume) {
    return new KmeshFileSystem(volume, "", 0);
  }

  /** What is shown. */
  public Volume volume() {
    if (!isOpen.get()) {
      throw new ClosedFileSystemException();
    }
    return volume;
  }

  /** Its part of URIs. */
  public String key() {
    return key;
  }

  public long bytes() {
    return bytes;
  }

  /** The path of any bytes, absolute when they begin with a slash. */
  public Path path(PathBytes bytesOfPath) {
    return KmeshPath.of(this, bytesOfPath);
  }

  /** The bytes of a path of such a file system. */
  public static PathBytes bytesOf(Path path) {
    return KmeshPath.of(path).bytes();
  }

  @Override
  public FileSystemProvider provider() {
    return KmeshFileSystemProvider.INSTANCE;
  }

  @Override
  public void close() throws IOException {
    if (isOpen.compareAndSet(true, false)) {
      KmeshUri.remove(this);
      volume.close();
    }
  }

  @Override
  public boolean isOpen() {
    return isOpen.get();
  }

  @Override
  public boolean isReadOnly() {
    return volume.isReadOnly();
  }

  @Override
  public String getSeparator() {
    return "/";
  }

  @Override
  public Iterable<Path> getRootDirectories() {
    return List.of(KmeshPath.absolute(this, List.of()));
  }

  @Override
  public Iterable<FileStore> getFileStores() {
    return List.of(new KmeshFileStore(this));
  }

  @Override
  public Set<String> supportedFileAttributeViews() {
    return VIEWS;
  }

  @Override
  public Path getPath(String first, String... more) {
    StringBuilder text = new StringBuilder(first);
    for (String part : more) {
      if (!part.isEmpty()) {
        text.append(text.length() > 0 ? "/" : "").append(part);
      }
    }
    return KmeshPath.of(this, NameText.bytes(text.toString()));
  }

  @Override
  public PathMatcher getPathMatcher(String syntaxAndPattern) {
    int colon = syntaxAndPattern.indexOf(':');
    String syntax = syntaxAndPattern.substring(0, Math.max(colon, 0)).toLowerCase(Locale.ROOT);
    String text = syntaxAndPattern.substring(colon + 1);
    Pattern pattern =
        switch (syntax) {
          case "glob" -> Glob.pattern(text);
          case "regex" -> Pattern.compile(text);
          case "" ->
              throw new IllegalArgumentException(
                  "Cannot match by " + syntaxAndPattern + ". Write glob: or regex: before it.");
          default ->
              throw new UnsupportedOperationException(
                  "Cannot match by " + syntax + ". Use glob or regex.");
        };
    return path -> pattern.matcher(path.toString()).matches();
  }

  @Override
  public UserPrincipalLookupService getUserPrincipalLookupService() {
    return Principal.LOOKUP;
  }

  @Override
  public WatchService newWatchService() {
    throw new UnsupportedOperationException("Cannot watch a snapshot: it has no events.");
  }

  @Override
  public String toString() {
    return KmeshUri.SCHEME + ":" + key;
  }
}
