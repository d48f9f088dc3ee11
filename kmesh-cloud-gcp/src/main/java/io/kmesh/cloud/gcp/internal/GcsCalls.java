// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.gcp.internal;

import io.kmesh.spi.store.StoreChecks;

/** All calls of one bucket. */
public final class GcsCalls {
  private final GcsPuts puts;
  private final GcsReads reads;
  private final GcsLists lists;
  private final GcsDeletes deletes;
  private final GcsCopies copies;
  private final GcsUploads uploads;

  /** Over a client. */
  public GcsCalls(GcsClient client, StoreChecks checks) {
    GcsKeys keys = new GcsKeys(checks, client.failures(), client.place().uploads());
    puts = new GcsPuts(client, keys);
    reads = new GcsReads(client, keys);
    lists = new GcsLists(client, keys);
    deletes = new GcsDeletes(client, keys);
    copies = new GcsCopies(client, keys, reads);
    uploads = new GcsUploads(client, keys, puts, lists, deletes);
  }

  /** Writes. */
  public GcsPuts puts() {
    return puts;
  }

  /** Head and reads. */
  public GcsReads reads() {
    return reads;
  }

  /** Lists. */
  public GcsLists lists() {
    return lists;
  }

  /** Deletes. */
  public GcsDeletes deletes() {
    return deletes;
  }

  /** Copies. */
  public GcsCopies copies() {
    return copies;
  }

  /** Uploads in parts. */
  public GcsUploads uploads() {
    return uploads;
  }
}
