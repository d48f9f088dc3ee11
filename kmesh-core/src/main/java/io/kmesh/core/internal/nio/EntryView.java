// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.nio;

import java.io.IOException;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.UserPrincipal;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The views basic, owner, posix and unix of a path.
 *
 * @param path the path
 * @param follows whether a link at its end is followed
 * @param name the view's name
 */
record EntryView(KmeshPath path, boolean follows, String name) implements PosixFileAttributeView {
  private static final int PERMISSIONS = 0777;
  private static final int ALL = 07777;

  private Writer writer() {
    return path.getFileSystem().volume().writer();
  }

  @Override
  public EntryAttributes readAttributes() throws IOException {
    Volume volume = path.getFileSystem().volume();
    return new EntryAttributes(volume.facts(Located.at(volume, path, follows).node()));
  }

  /** Sets the time of the last modification; others are not kept. */
  @Override
  public void setTimes(
      @Nullable FileTime modified, @Nullable FileTime accessed, @Nullable FileTime created)
      throws IOException {
    Writer writer = writer();
    if (modified != null) {
      writer.setModified(path, follows, io.kmesh.spi.posix.FileTime.of(modified.toInstant()));
    }
  }

  @Override
  public void setPermissions(Set<PosixFilePermission> permissions) throws IOException {
    writer().setMode(path, follows, EntryAttributes.bits(permissions), PERMISSIONS);
  }

  @Override
  public UserPrincipal getOwner() throws IOException {
    return readAttributes().owner();
  }

  @Override
  public void setOwner(UserPrincipal owner) throws IOException {
    writer().setOwner(path, follows, Principal.number(owner), -1);
  }

  @Override
  public void setGroup(GroupPrincipal group) throws IOException {
    writer().setOwner(path, follows, -1, Principal.number(group));
  }

  /** Sets an attribute by its name. */
  void set(String attribute, @Nullable Object value) throws IOException {
    Writer writer = writer();
    Object given = Objects.requireNonNull(value);
    switch (attribute) {
      case "lastModifiedTime" -> setTimes((FileTime) given, null, null);
      case "lastAccessTime" -> setTimes(null, (FileTime) given, null);
      case "creationTime" -> setTimes(null, null, (FileTime) given);
      case "permissions" -> setPermissions(permissions(given));
      case "owner" -> setOwner((UserPrincipal) given);
      case "group" -> setGroup((GroupPrincipal) given);
      case "mode" -> writer.setMode(path, follows, (Integer) given, ALL);
      case "uid" -> writer.setOwner(path, follows, ((Integer) given) & 0xffff_ffffL, -1);
      case "gid" -> writer.setOwner(path, follows, -1, ((Integer) given) & 0xffff_ffffL);
      default ->
          throw new IllegalArgumentException(
              "Cannot set " + name + ":" + attribute + ": it is not known, or not to be set.");
    }
  }

  static Set<PosixFilePermission> permissions(Object value) {
    Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
    for (Object one : (Set<?>) value) {
      permissions.add((PosixFilePermission) one);
    }
    return permissions;
  }
}
