// SPDX-License-Identifier: Apache-2.0
package io.kmesh.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The SHA-256 of an upload's parts from the first on, taken while they are written, so that
 * completion need not read them again. Parts come in any order; one that comes before its turn is
 * read back later, mostly from the page cache. Thread-safe.
 */
final class PartsDigest {
  /** A call takes in at most so many parts that came before their turn. */
  private static final int AT_ONCE = 8;

  private final MessageDigest digest = Assembly.newDigest(); // by the one that set busy
  // All below is guarded by this.
  private final List<UploadLog.Part> taken = new ArrayList<>();
  private final Map<Integer, UploadLog.Part> early = new HashMap<>();
  private boolean busy;
  private boolean isVoid;

  /** Gives a part's bytes again. */
  interface Source {
    void read(UploadLog.Part part, MessageDigest into) throws IOException;
  }

  /** The parts from the first on that a digest covers. */
  record Prefix(int parts, long size, MessageDigest digest) {}

  /**
   * Notes a part that was written to its place.
   *
   * @param body its bytes; left as they are
   * @param source for parts that came before
   */
  void written(UploadLog.Part part, ByteBuffer body, Source source) {
    synchronized (this) {
      if (isVoid || part.number() <= taken.size() || early.put(part.number(), part) != null) {
        isVoid = true; // written again: completion hashes all
        early.clear();
        return;
      }
      if (busy) {
        return; // who is busy, or comes next, sees it
      }
      busy = true;
    }
    for (int i = 0; i < AT_ONCE; i++) {
      UploadLog.Part next = next();
      if (next == null) {
        return;
      }
      try {
        if (next.generation() == part.generation()) {
          digest.update(body.duplicate());
        } else {
          source.read(next, digest);
        }
      } catch (IOException e) {
        end(); // the digest holds some of its bytes: completion hashes all, and finds what is wrong
        return;
      }
      took(next);
    }
    synchronized (this) {
      busy = false;
    }
  }

  private synchronized UploadLog.@Nullable Part next() {
    UploadLog.Part next = isVoid ? null : early.get(taken.size() + 1);
    if (next == null) {
      busy = false;
    }
    return next;
  }

  private synchronized void took(UploadLog.Part part) {
    early.remove(part.number());
    taken.add(part);
  }

  private synchronized void end() {
    isVoid = true;
    busy = false;
    early.clear();
  }

  /** What is covered of an object of these parts; no parts when that is of no use. */
  synchronized Prefix prefix(List<UploadLog.Part> parts) {
    Prefix none = new Prefix(0, 0, Assembly.newDigest());
    if (isVoid || busy || taken.size() > parts.size()) {
      return none;
    }
    long size = 0;
    for (int i = 0; i < taken.size(); i++) {
      if (taken.get(i).generation() != parts.get(i).generation()) {
        return none;
      }
      size += taken.get(i).size();
    }
    try {
      // A copy: a completion that fails may be tried again.
      return new Prefix(taken.size(), size, (MessageDigest) digest.clone());
    } catch (CloneNotSupportedException e) {
      return none;
    }
  }

  /** For {@link Source}: reads a range of a file into a digest. */
  static void read(StoreFiles.Handle source, UploadLog.Part part, MessageDigest into)
      throws IOException {
    Assembly assembly = new Assembly(Assembly.Parts.VERIFY, into);
    try {
      assembly.hash(source, part.offset(), part.size(), part.sha256());
    } catch (ObjectTrailer.DamageException e) {
      throw new IOException(e.getMessage(), e);
    }
  }
}
