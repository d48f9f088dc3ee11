// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.nio;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.PosixCapability;
import io.kmesh.spi.posix.PosixTree;
import java.io.IOException;
import java.nio.file.ClosedFileSystemException;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.WatchService;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.spi.FileSystemProvider;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;

/**
 * A tree as java.nio sees it: {@code Files.copy}, {@code walkFileTree}, {@code newByteChannel},
 * {@code FileChannel.open}, attributes {@code basic, posix, owner, unix, user}, links, times.
 *
 * <ul>
 *   <li>A read blocks as the tree's own read does, uninterruptibly: on a simulated Lustre until a
 *       released file is restored.
 *   <li>Links are followed as on Linux; an absolute one starts at the tree's root, and nothing
 *       leads above it. The working directory is the root.
 *   <li>New files have the mode 0644, new directories 0755, or exactly what is asked as {@code
 *       posix:permissions}.
 *   <li>Owners and groups are numbers; {@code root} is 0.
 *   <li>Mapping, locking and watching are refused with {@link UnsupportedOperationException}.
 * </ul>
 *
 * <p>Thread-safe.
 */
public final class PosixTreeFileSystem extends FileSystem {
  private static final AtomicLong NUMBER = new AtomicLong();

  private final PosixTree tree;
  private final String id = "tree-" + NUMBER.incrementAndGet();
  private final Path root;
  private volatile boolean open = true;

  private PosixTreeFileSystem(PosixTree tree) {
    this.tree = tree;
    this.root = TreePath.of(this, PathBytes.of("/"));
  }

  /** A view of a tree; closing the view closes the tree. */
  public static PosixTreeFileSystem over(PosixTree tree) {
    return new PosixTreeFileSystem(tree);
  }

  /** The root directory. */
  public Path root() {
    return root;
  }

  /** The path of these bytes, absolute when they begin with a slash. */
  public Path path(PathBytes bytes) {
    return TreePath.of(this, bytes);
  }

  /** The bytes of a path of this view. */
  public static PathBytes bytesOf(Path path) {
    return TreePath.of(path).bytes();
  }

  PosixTree tree() {
    if (!open) {
      throw new ClosedFileSystemException();
    }
    return tree;
  }

  String id() {
    return id;
  }

  Located locate(TreePath path, boolean followLast) throws IOException {
    return Locator.locate(tree(), path, followLast);
  }

  @Override
  public FileSystemProvider provider() {
    return TreeProvider.INSTANCE;
  }

  @Override
  public void close() throws IOException {
    open = false;
    tree.close();
  }

  @Override
  public boolean isOpen() {
    return open;
  }

  @Override
  public boolean isReadOnly() {
    return false;
  }

  @Override
  public String getSeparator() {
    return "/";
  }

  @Override
  public Iterable<Path> getRootDirectories() {
    return List.of(root);
  }

  @Override
  public Iterable<FileStore> getFileStores() {
    return List.of(new TreeStore(this));
  }

  @Override
  public Set<String> supportedFileAttributeViews() {
    Set<String> views = new LinkedHashSet<>(List.of("basic", "owner", "posix", "unix"));
    if (tree.capabilities().contains(PosixCapability.USER_XATTRS)) {
      views.add("user");
    }
    return views;
  }

  @Override
  public Path getPath(String first, String... more) {
    StringBuilder text = new StringBuilder(first);
    for (String part : more) {
      if (!part.isEmpty()) {
        if (text.length() > 0) {
          text.append('/');
        }
        text.append(part);
      }
    }
    return TreePath.of(this, PathText.encode(text.toString()));
  }

  @Override
  public PathMatcher getPathMatcher(String syntaxAndPattern) {
    int colon = syntaxAndPattern.indexOf(':');
    if (colon <= 0) {
      throw new IllegalArgumentException(
          "Cannot match by \"" + syntaxAndPattern + "\". Begin with glob: or regex:.");
    }
    String text = syntaxAndPattern.substring(colon + 1);
    Pattern pattern =
        switch (syntaxAndPattern.substring(0, colon).toLowerCase(java.util.Locale.ROOT)) {
          case "glob" -> Pattern.compile(GlobPattern.toRegex(text), Pattern.DOTALL);
          case "regex" -> Pattern.compile(text);
          default ->
              throw new UnsupportedOperationException(
                  "Cannot match by \"" + syntaxAndPattern + "\". Begin with glob: or regex:.");
        };
    return path -> pattern.matcher(path.toString()).matches();
  }

  @Override
  public UserPrincipalLookupService getUserPrincipalLookupService() {
    return TreePrincipal.LOOKUP;
  }

  @Override
  public WatchService newWatchService() {
    throw new UnsupportedOperationException("A tree's view cannot be watched; read its changelog.");
  }

  @Override
  public String toString() {
    return tree.description();
  }
}
