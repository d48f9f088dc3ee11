// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.nio;

import io.kmesh.spi.posix.FileStat;
import java.io.IOException;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.UserPrincipal;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The views basic, owner, posix and unix of one path.
 *
 * @param path the path
 * @param followLinks whether a link at its end is followed
 * @param name the name of the view that was asked
 */
record TreeViews(TreePath path, boolean followLinks, String name)
    implements PosixFileAttributeView {
  /** A change at a place. */
  interface Change {
    void at(Located place) throws IOException;
  }

  private Located locate() throws IOException {
    return path.getFileSystem().locate(path, followLinks);
  }

  private void change(Change change) throws IOException {
    try (Located place = locate()) {
      change.at(place);
    } catch (IOException e) {
      throw TreeErrors.of(path, e);
    }
  }

  @Override
  public TreeAttributes readAttributes() throws IOException {
    try (Located place = locate()) {
      return new TreeAttributes(place.requireStat());
    } catch (IOException e) {
      throw TreeErrors.of(path, e);
    }
  }

  /** Sets the times that are given; the time of creation is no tree's to set. */
  @Override
  public void setTimes(
      @Nullable FileTime lastModified, @Nullable FileTime lastAccess, @Nullable FileTime created)
      throws IOException {
    if (lastModified == null && lastAccess == null) {
      return;
    }
    change(
        place -> {
          FileStat now = place.requireStat();
          place.setTimes(
              lastAccess == null ? now.atime() : TreeAttributes.timeOf(lastAccess),
              lastModified == null ? now.mtime() : TreeAttributes.timeOf(lastModified));
        });
  }

  /** Sets the nine bits and leaves suid, sgid and sticky. */
  @Override
  public void setPermissions(Set<PosixFilePermission> permissions) throws IOException {
    change(
        place ->
            place.setMode(
                (place.requireStat().mode() & 07000) | TreeAttributes.bitsOf(permissions)));
  }

  void setMode(int mode) throws IOException {
    change(place -> place.setMode(mode & 07777));
  }

  void setOwner(long uid, long gid) throws IOException {
    change(place -> place.setOwner(uid, gid));
  }

  @Override
  public UserPrincipal getOwner() throws IOException {
    return readAttributes().owner();
  }

  @Override
  public void setOwner(UserPrincipal owner) throws IOException {
    setOwner(TreePrincipal.idOf(owner), -1);
  }

  @Override
  public void setGroup(GroupPrincipal group) throws IOException {
    setOwner(-1, TreePrincipal.idOf(group));
  }

  /** Sets an attribute of the views by name. */
  void set(String attribute, @Nullable Object value) throws IOException {
    switch (attribute) {
      case "lastModifiedTime" -> setTimes((FileTime) value, null, null);
      case "lastAccessTime" -> setTimes(null, (FileTime) value, null);
      case "creationTime" -> setTimes(null, null, (FileTime) value);
      case "permissions" -> setPermissions(permissions(value));
      case "owner" -> setOwner((UserPrincipal) required(value));
      case "group" -> setGroup((GroupPrincipal) required(value));
      case "mode" -> setMode((Integer) required(value));
      case "uid" -> setOwner(((Integer) required(value)) & 0xffffffffL, -1);
      case "gid" -> setOwner(-1, ((Integer) required(value)) & 0xffffffffL);
      default ->
          throw new IllegalArgumentException(
              "Cannot set the attribute " + name + ":" + attribute + ": it is not known or fixed.");
    }
  }

  private static Object required(@Nullable Object value) {
    return java.util.Objects.requireNonNull(value);
  }

  /** The permissions in what a caller passed. */
  static Set<PosixFilePermission> permissions(@Nullable Object value) {
    Set<PosixFilePermission> permissions = java.util.EnumSet.noneOf(PosixFilePermission.class);
    for (Object one : (Set<?>) required(value)) {
      permissions.add((PosixFilePermission) one);
    }
    return permissions;
  }
}
