// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.s3;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An object.
 *
 * @param pieces its content in order
 * @param headers what is told with it: metadata, content type and a checksum
 */
record StoredObject(
    List<Piece> pieces, long size, String etag, Instant modified, Map<String, String> headers) {

  /** Content in memory, or in a file. */
  record Piece(byte @Nullable [] bytesOrNull, @Nullable Path fileOrNull, long size) {
    void write(long from, long count, OutputStream out) throws IOException {
      if (bytesOrNull != null) {
        out.write(bytesOrNull, (int) from, (int) count);
      } else if (fileOrNull != null) {
        WritableByteChannel target = Channels.newChannel(out);
        try (FileChannel file = FileChannel.open(fileOrNull)) {
          for (long done = 0; done < count; ) {
            done += file.transferTo(from + done, count - done, target);
          }
        }
      }
    }

    void delete() throws IOException {
      if (fileOrNull != null) {
        Files.deleteIfExists(fileOrNull);
      }
    }
  }

  void write(long from, long count, OutputStream out) throws IOException {
    long at = 0;
    long left = count;
    long next = from;
    for (Piece piece : pieces) {
      if (left > 0 && next < at + piece.size) {
        long part = Math.min(left, at + piece.size - next);
        piece.write(next - at, part, out);
        next += part;
        left -= part;
      }
      at += piece.size;
    }
  }

  void delete() throws IOException {
    for (Piece piece : pieces) {
      piece.delete();
    }
  }
}
