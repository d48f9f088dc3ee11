// SPDX-License-Identifier: Apache-2.0
package io.kmesh;

import io.kmesh.path.PathBytes;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.regex.Pattern;

/**
 * A place with a tree of files: what snapshots are taken of and restored to, and what flows join.
 * It is a value, so that a specification that names one means the same in a later process.
 * Immutable.
 */
public sealed interface Endpoint {
  /**
   * A directory of this machine: a local disk, NFS, any POSIX file system. A Lustre is better named
   * by {@link Cluster#path}: read as a plain directory, its released files would come back.
   *
   * @throws IllegalArgumentException when the path is not one of the machine's own file system
   */
  static Endpoint directory(Path directory) {
    return new LocalDirectory(directory);
  }

  /**
   * A directory that another site exports; data flows alone reach it.
   *
   * @param site the site's name
   * @param path the export's name, and a path below it, such as {@code data/job42}
   * @throws IllegalArgumentException when there is no name of an export, or a name is {@code ..}
   */
  static Endpoint at(String site, String path) {
    PathBytes whole = PathBytes.of(path);
    if (whole.names().isEmpty()) {
      throw new IllegalArgumentException(
          "Cannot reach the site "
              + site
              + " without the name of an export. Write it as the path's first name.");
    }
    PathBytes below = PathBytes.EMPTY;
    for (PathBytes name : whole.names().subList(1, whole.names().size())) {
      below = below.resolve(name);
    }
    return new SitePath(site, whole.names().get(0).toString(), below);
  }

  /**
   * A snapshot, as the source of a data flow; nothing is taken of it or restored to it. A snapshot
   * that was found says it itself: {@link io.kmesh.snapshots.Snapshot#endpoint()}.
   *
   * @param repository the name of a repository of this Kmesh
   * @param id all 16 hexadecimal digits of the snapshot's id
   * @throws IllegalArgumentException when the id is none
   */
  static Endpoint snapshot(String repository, String id) {
    return new SnapshotTree(repository, id);
  }

  /**
   * A snapshot, which never changes.
   *
   * @param repository the repository's name
   * @param id 16 hexadecimal digits
   */
  record SnapshotTree(String repository, String id) implements Endpoint {
    private static final Pattern ID = Pattern.compile("[0-9a-f]{16}");

    /**
     * Checks the id.
     *
     * @throws IllegalArgumentException when it is none
     */
    public SnapshotTree {
      if (!ID.matcher(id).matches()) {
        throw new IllegalArgumentException(
            "Cannot name a snapshot \"" + id + "\": give all 16 hexadecimal digits of its id.");
      }
    }

    /** The repository and the id, such as {@code snapshot:repo/0123456789abcdef}. */
    @Override
    public String toString() {
      return "snapshot:" + repository + "/" + id;
    }
  }

  /**
   * A virtual copy that is kept in a directory, as the source of a data flow. One on a Lustre is
   * named by its path there.
   *
   * @param repository the name of a repository of this Kmesh
   * @param id all 16 hexadecimal digits of the copy's id
   * @throws IllegalArgumentException when the id is none
   */
  static Endpoint virtualCopy(String repository, String id) {
    return new VirtualCopyTree(repository, id);
  }

  /**
   * A virtual copy, with what was changed in it.
   *
   * @param repository the name of its repository
   * @param id 16 hexadecimal digits
   */
  record VirtualCopyTree(String repository, String id) implements Endpoint {
    /**
     * Checks the id.
     *
     * @throws IllegalArgumentException when it is none
     */
    public VirtualCopyTree {
      if (!SnapshotTree.ID.matcher(id).matches()) {
        throw new IllegalArgumentException(
            "Cannot name a virtual copy \"" + id + "\": give all 16 hexadecimal digits of its id.");
      }
    }

    /** The repository and the id, such as {@code copy:repo/0123456789abcdef}. */
    @Override
    public String toString() {
      return "copy:" + repository + "/" + id;
    }
  }

  /**
   * What lies below a prefix of an object store, in the mirror form ({@code
   * docs/format/mirror.md}): one object for each file, whose key is its path. Data flows alone take
   * it.
   *
   * @param store the name of a store of this Kmesh: {@link Kmesh.Builder#store}
   * @param prefix such as {@code archive/job42/}; the slash at its end may be missing; empty for
   *     all of the store
   * @throws IllegalArgumentException when the prefix begins with a slash, or has two in a row
   */
  static Endpoint objects(String store, String prefix) {
    return new ObjectPrefix(store, prefix);
  }

  /**
   * What lies below a prefix of an object store.
   *
   * @param store the store's name
   * @param prefix empty, or ends in a slash
   */
  record ObjectPrefix(String store, String prefix) implements Endpoint {
    /**
     * Adds the slash at the end.
     *
     * @throws IllegalArgumentException when the prefix begins with a slash, or has two in a row
     */
    public ObjectPrefix {
      if (!prefix.isEmpty() && !prefix.endsWith("/")) {
        prefix += "/";
      }
      if (prefix.startsWith("/") || prefix.contains("//")) {
        throw new IllegalArgumentException(
            "Cannot use the prefix \""
                + prefix
                + "\" of the store "
                + store
                + ": no key of an entry begins with a slash or has two in a row. Leave out what is"
                + " too many.");
      }
    }

    /** The store and the prefix, such as {@code objects:bucket/archive/job42/}. */
    @Override
    public String toString() {
      return "objects:" + store + "/" + prefix;
    }
  }

  /**
   * A directory that another site exports.
   *
   * @param site the site's name
   * @param export the export's name
   * @param path below it, without leading, trailing and doubled slashes; empty for all of it
   */
  record SitePath(String site, String export, PathBytes path) implements Endpoint {
    /**
     * Takes away what slashes are too many.
     *
     * @throws IllegalArgumentException when a name is {@code .}, {@code ..} or too long
     */
    public SitePath {
      path = LustrePath.normal(path);
    }

    /** The site, the export and the path, such as {@code burst::data/job42}. */
    @Override
    public String toString() {
      return site + "::" + export + (path.isEmpty() ? "" : "/" + path);
    }
  }

  /**
   * A directory of an attached cluster.
   *
   * @param cluster the cluster's name
   * @param path below its mount, without leading, trailing and doubled slashes; empty for all of it
   */
  record LustrePath(String cluster, PathBytes path) implements Endpoint {
    /**
     * Takes away what slashes are too many.
     *
     * @throws IllegalArgumentException when a name is {@code .}, {@code ..} or too long
     */
    public LustrePath {
      path = normal(path);
    }

    private static PathBytes normal(PathBytes path) {
      PathBytes normal = PathBytes.EMPTY;
      for (PathBytes name : path.names()) {
        normal = normal.resolve(name);
      }
      return normal;
    }

    /** The cluster and the path, such as {@code lab:/job42}. */
    @Override
    public String toString() {
      return cluster + ":/" + path;
    }
  }

  /**
   * A directory of this machine.
   *
   * @param directory absolute and without {@code ..}
   */
  record LocalDirectory(Path directory) implements Endpoint {
    /** Makes the path absolute. */
    public LocalDirectory {
      if (directory.getFileSystem() != FileSystems.getDefault()) {
        throw new IllegalArgumentException(
            "Cannot use "
                + directory
                + " as an endpoint: it belongs to another file system of Java's. Name a directory"
                + " of this machine.");
      }
      directory = directory.toAbsolutePath().normalize();
    }

    /** The path. */
    @Override
    public String toString() {
      return directory.toString();
    }
  }
}
