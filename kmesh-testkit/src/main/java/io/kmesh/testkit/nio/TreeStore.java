// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.nio;

import java.nio.file.FileStore;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.FileStoreAttributeView;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The store of a view: one tree, whose space is not told. */
final class TreeStore extends FileStore {
  private static final Map<String, Set<String>> VIEWS =
      Map.of(
          "BasicFileAttributeView", Set.of("basic"),
          "FileOwnerAttributeView", Set.of("owner"),
          "PosixFileAttributeView", Set.of("posix"),
          "UserDefinedFileAttributeView", Set.of("user"));

  private final PosixTreeFileSystem system;

  TreeStore(PosixTreeFileSystem system) {
    this.system = system;
  }

  @Override
  public String name() {
    return system.tree().description();
  }

  @Override
  public String type() {
    return TreeProvider.SCHEME;
  }

  @Override
  public boolean isReadOnly() {
    return false;
  }

  /** Unknown, and as the contract of this method says then, the largest number. */
  @Override
  public long getTotalSpace() {
    return Long.MAX_VALUE;
  }

  @Override
  public long getUsableSpace() {
    return Long.MAX_VALUE;
  }

  @Override
  public long getUnallocatedSpace() {
    return Long.MAX_VALUE;
  }

  @Override
  public boolean supportsFileAttributeView(Class<? extends FileAttributeView> type) {
    return VIEWS.getOrDefault(type.getSimpleName(), Set.of()).stream()
        .anyMatch(this::supportsFileAttributeView);
  }

  @Override
  public boolean supportsFileAttributeView(String name) {
    return system.supportedFileAttributeViews().contains(name);
  }

  @Override
  public <V extends FileStoreAttributeView> @Nullable V getFileStoreAttributeView(Class<V> type) {
    return null;
  }

  @Override
  public Object getAttribute(String attribute) {
    return switch (attribute) {
      case "totalSpace" -> getTotalSpace();
      case "usableSpace" -> getUsableSpace();
      case "unallocatedSpace" -> getUnallocatedSpace();
      default ->
          throw new UnsupportedOperationException("The store has no attribute " + attribute + ".");
    };
  }
}
