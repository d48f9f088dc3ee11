// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.s3;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** What the server keeps: small contents in memory, others in files of a folder. Thread-safe. */
final class Bucket {
  private static final int IN_MEMORY = 64 << 10;
  private static final int PIECE = 256 << 10;

  private final Path folder;
  private final String name;
  private final ConcurrentSkipListMap<String, StoredObject> objects = new ConcurrentSkipListMap<>();
  private final Map<String, OpenUpload> uploads = new ConcurrentHashMap<>();
  private final AtomicLong names = new AtomicLong();

  /** An upload in parts. */
  static final class OpenUpload {
    final String key;
    final Map<String, String> headers;
    final NavigableMap<Integer, Part> parts = new TreeMap<>(); // guarded by this

    OpenUpload(String key, Map<String, String> headers) {
      this.key = key;
      this.headers = headers;
    }
  }

  /** A part of one. */
  record Part(StoredObject.Piece piece, String etag) {}

  Bucket(Path folder, String name) {
    this.folder = folder;
    this.name = name;
  }

  NavigableMap<String, StoredObject> objects() {
    return objects;
  }

  Map<String, OpenUpload> uploads() {
    return uploads;
  }

  @Nullable StoredObject find(String key) {
    return objects.get(key);
  }

  /** Takes a content of a known length; a digest, when given, sees it too. */
  StoredObject.Piece take(InputStream in, long length, @Nullable MessageDigest digest)
      throws IOException {
    if (length <= IN_MEMORY) {
      byte[] bytes = in.readNBytes((int) length);
      if (bytes.length != length) {
        throw new IOException("The body ended early.");
      }
      if (digest != null) {
        digest.update(bytes);
      }
      return new StoredObject.Piece(bytes, null, length);
    }
    Path file = folder.resolve(name + "-" + names.incrementAndGet());
    byte[] buffer = new byte[PIECE];
    try (OutputStream out = Files.newOutputStream(file)) {
      long left = length;
      while (left > 0) {
        int count = in.read(buffer, 0, (int) Math.min(buffer.length, left));
        if (count < 0) {
          Files.delete(file);
          throw new IOException("The body ended early.");
        }
        out.write(buffer, 0, count);
        if (digest != null) {
          digest.update(buffer, 0, count);
        }
        left -= count;
      }
    }
    return new StoredObject.Piece(null, file, length);
  }

  /** Makes an object visible unless a condition does not hold. */
  @Nullable StoredObject put(
      String key,
      List<StoredObject.Piece> pieces,
      String etag,
      Map<String, String> headers,
      Precondition condition)
      throws IOException {
    long size = 0;
    for (StoredObject.Piece piece : pieces) {
      size += piece.size();
    }
    StoredObject fresh = new StoredObject(pieces, size, etag, Instant.now(), headers);
    StoredObject[] before = new StoredObject[1];
    boolean[] isPut = {false};
    objects.compute(
        key,
        (k, there) -> {
          isPut[0] = condition.holds(there);
          before[0] = isPut[0] ? there : null;
          return isPut[0] ? fresh : there;
        });
    if (before[0] != null) {
      before[0].delete();
    }
    return isPut[0] ? fresh : null;
  }

  void delete(String key) throws IOException {
    StoredObject gone = objects.remove(key);
    if (gone != null) {
      gone.delete();
    }
  }

  String startUpload(String key, Map<String, String> headers) {
    String id = "u" + names.incrementAndGet();
    uploads.put(id, new OpenUpload(key, headers));
    return id;
  }

  String addPart(OpenUpload upload, int number, StoredObject.Piece piece) throws IOException {
    String etag = "p" + names.incrementAndGet();
    Part before;
    synchronized (upload) {
      before = upload.parts.put(number, new Part(piece, etag));
    }
    if (before != null) {
      before.piece.delete();
    }
    return etag;
  }

  @Nullable StoredObject complete(
      String id, OpenUpload upload, List<Integer> numbers, Precondition condition)
      throws IOException {
    List<StoredObject.Piece> pieces = new ArrayList<>();
    synchronized (upload) {
      for (int number : numbers) {
        Part part = upload.parts.get(number);
        if (part == null) {
          throw new IOException("There is no part " + number + ".");
        }
        pieces.add(part.piece);
      }
    }
    String etag = "%032x-%d".formatted(names.incrementAndGet(), pieces.size());
    StoredObject done = put(upload.key, pieces, etag, upload.headers, condition);
    if (done != null) {
      uploads.remove(id);
    }
    return done;
  }

  void abort(String id) throws IOException {
    OpenUpload upload = uploads.remove(id);
    if (upload != null) {
      synchronized (upload) {
        for (Part part : upload.parts.values()) {
          part.piece.delete();
        }
      }
    }
  }

  static MessageDigest md5() {
    try {
      return MessageDigest.getInstance("MD5");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  static String hex(MessageDigest digest) {
    return HexFormat.of().formatHex(digest.digest());
  }
}
