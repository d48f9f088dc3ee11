// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.fs;

import io.kmesh.lustre.Layout;
import io.kmesh.path.PathBytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The part of an inode whose length varies. Not thread-safe: a copy belongs to one call. */
final class InodeVars {
  /** All names; a directory has one, the root none. */
  final List<Link> links = new ArrayList<>();

  /** Extended attributes that the file system stores. */
  final Map<PathBytes, byte[]> xattrs = new TreeMap<>();

  /** Where a regular file's data are. */
  @Nullable Placement placement;

  /** What a directory gives to new entries. */
  @Nullable Layout directoryDefault;

  /** The text of a symbolic link. */
  @Nullable PathBytes symlinkTarget;
}
