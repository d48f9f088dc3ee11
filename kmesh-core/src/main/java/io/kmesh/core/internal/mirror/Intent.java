// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.lustre.Fid;
import org.jspecify.annotations.Nullable;

/** A step that is written down before it is taken. Keys are without the prefix. */
sealed interface Intent {
  /** The attempt, which names the intent. */
  String attempt();

  /** The file. */
  Fid fid();

  /**
   * An archive.
   *
   * @param attempt the attempt
   * @param fid the file
   * @param key where the object goes
   * @param keptKey where the object that it replaces at this key is copied; null when it replaces
   *     none
   * @param sideKey the side object; null when there is none
   * @param content what the entry will say
   * @param uploadId the upload in parts; null before it is known and for a put at once
   * @param isUpload whether it goes in parts
   * @param begunMillis when it was begun, milliseconds since 1970
   */
  record Publish(
      String attempt,
      Fid fid,
      String key,
      @Nullable String keptKey,
      @Nullable String sideKey,
      Content content,
      @Nullable String uploadId,
      boolean isUpload,
      long begunMillis)
      implements Intent {
    Publish withUpload(String id) {
      return new Publish(attempt, fid, key, keptKey, sideKey, content, id, isUpload, begunMillis);
    }

    Publish withContent(Content other, @Nullable String kept) {
      return new Publish(attempt, fid, key, kept, sideKey, other, uploadId, isUpload, begunMillis);
    }
  }

  /**
   * The content of an archive.
   *
   * @param size the file's bytes
   * @param sha256 of the file, hexadecimal; empty until it is known
   * @param bodySize the object's bytes
   * @param dataVersion the data version
   * @param archive the archive's number
   */
  record Content(long size, String sha256, long bodySize, long dataVersion, int archive) {}

  /**
   * A move of an object that frees its key.
   *
   * @param attempt the attempt
   * @param fid whose object it is
   * @param from its key
   * @param etag its ETag there
   * @param to its new key
   */
  record Move(String attempt, Fid fid, String from, String etag, String to) implements Intent {}

  /**
   * A removal of all that is stored of a file.
   *
   * @param attempt the attempt
   * @param fid the file
   */
  record Remove(String attempt, Fid fid) implements Intent {}
}
