// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;

/**
 * A file to be archived.
 *
 * @param fid the file
 * @param path the path whose key it is to have
 * @param attributes its attributes without those of the content
 * @param extents its data
 * @param dataVersion its data version
 * @param archive the archive's number
 * @param attempt the attempt
 */
record Draft(
    Fid fid,
    PathBytes path,
    MirrorAttributes attributes,
    Extents extents,
    long dataVersion,
    int archive,
    String attempt) {
  String sideKey() {
    return MirrorKeys.SIDE + attempt;
  }

  /** The attributes of this draft's object at a key. */
  MirrorAttributes at(String key) {
    MirrorAttributes all =
        MirrorAttributes.ofType("file")
            .put(MirrorAttributes.ATTEMPT, attempt)
            .put(MirrorAttributes.FID, fid.toString())
            .put(MirrorAttributes.DATA_VERSION, Long.toUnsignedString(dataVersion));
    attributes.values().forEach(all::put);
    return MirrorKeys.saysPath(key) ? all : all.path(MirrorAttributes.PATH, path);
  }

  Intent.Content content(String sha256) {
    return new Intent.Content(extents.size(), sha256, extents.bodySize(), dataVersion, archive);
  }
}
