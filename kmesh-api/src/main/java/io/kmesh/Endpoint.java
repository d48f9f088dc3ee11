// SPDX-License-Identifier: Apache-2.0
package io.kmesh;

import io.kmesh.path.PathBytes;
import java.nio.file.FileSystems;
import java.nio.file.Path;

/**
 * A place with a tree of files: what snapshots are taken of and restored to. It is a value, so that
 * a specification that names one means the same in a later process. Immutable.
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
      PathBytes normal = PathBytes.EMPTY;
      for (PathBytes name : path.names()) {
        normal = normal.resolve(name);
      }
      path = normal;
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
