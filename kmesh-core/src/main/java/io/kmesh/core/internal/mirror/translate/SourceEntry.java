// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.translate;

import io.kmesh.core.internal.mirror.dialect.Attribute;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.store.ObjectInfo;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;

/**
 * What an object of the source says, whoever wrote it.
 *
 * @param key without the source's prefix
 * @param info as it was looked at
 * @param path the entry's
 * @param own Kmesh's own attributes for the translated object; empty when Kmesh did not write it
 * @param extras metadata that is neither Kmesh's nor any dialect's
 * @param stat the entry, with the usual values for what is not known
 * @param unknown what of owner, group, access time and device number nobody said
 * @param hasXattrs whether it has extended attributes
 * @param body its content
 * @param bodyOf names what the body is made of when it is not this object's; else empty
 * @param notes what is worth knowing
 */
record SourceEntry(
    String key,
    ObjectInfo info,
    PathBytes path,
    SortedMap<String, String> own,
    SortedMap<String, String> extras,
    FileStat stat,
    Set<Attribute> unknown,
    boolean hasXattrs,
    Body body,
    String bodyOf,
    List<String> notes) {
  /** Whether Kmesh wrote it. */
  boolean isMirrored() {
    return !own.isEmpty();
  }
}
