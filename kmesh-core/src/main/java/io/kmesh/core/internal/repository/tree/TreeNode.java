// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.tree;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import java.util.List;

/**
 * An entry of a directory with all that is stored of it. Immutable.
 *
 * @param name its name; empty for the top of a tree
 * @param type its type
 * @param mode the permission bits with suid, sgid and sticky
 * @param uid the owner's number
 * @param gid the group's number
 * @param mtime last modification
 * @param ctime last change of the inode, to tell later whether it changed
 * @param inode the inode number
 * @param device the device that holds it; kept only with several names, else 0
 * @param links the number of names; 1 when not kept
 * @param attributes in the order of their names
 * @param content by type
 */
public record TreeNode(
    PathBytes name,
    FileType type,
    int mode,
    long uid,
    long gid,
    FileTime mtime,
    FileTime ctime,
    long inode,
    long device,
    long links,
    List<Attribute> attributes,
    Content content) {
  /** Copies the attributes. */
  public TreeNode {
    attributes = List.copyOf(attributes);
  }

  /** The same with another name. */
  public TreeNode named(PathBytes other) {
    return new TreeNode(
        other, type, mode, uid, gid, mtime, ctime, inode, device, links, attributes, content);
  }

  /** The same with other attributes. */
  public TreeNode with(List<Attribute> others) {
    return new TreeNode(
        name, type, mode, uid, gid, mtime, ctime, inode, device, links, others, content);
  }

  /** The same with other content. */
  public TreeNode holding(Content other) {
    return new TreeNode(
        name, type, mode, uid, gid, mtime, ctime, inode, device, links, attributes, other);
  }

  /** Whether it has several names, so that it is one file with others of its inode. */
  public boolean isLinked() {
    return links > 1 && type != FileType.DIRECTORY;
  }

  /** The bytes of a regular file; 0 for all else. */
  public long size() {
    return content instanceof Content.File file ? file.size() : 0;
  }
}
