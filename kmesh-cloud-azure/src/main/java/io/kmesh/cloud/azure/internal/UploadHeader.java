// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.azure.internal;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * What an upload was started with. Azure keeps nothing of that before the blocks are committed, so
 * it is written into names of blocks; {@code docs/format/azure-blobs.md} describes it.
 *
 * @param metadata user metadata
 * @param storageClass the name of the tier; null for the account's default
 */
record UploadHeader(Map<String, String> metadata, @Nullable String storageClass) {
  /** More than any metadata that Azure takes; a bound for what is read. */
  private static final int MOST_BYTES = 64 * 1024;

  /** The names of the header's blocks, in their order; at least one. */
  List<BlockId> encode(String upload) {
    StringBuilder text = new StringBuilder(storageClass == null ? "" : storageClass);
    new TreeMap<>(metadata)
        .forEach((name, value) -> text.append('\n').append(name).append('\0').append(value));
    byte[] bytes = deflate(text.toString().getBytes(StandardCharsets.UTF_8));
    int count = Math.max(1, (bytes.length + BlockId.PAYLOAD - 2) / (BlockId.PAYLOAD - 1));
    List<BlockId> blocks = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int from = i * (BlockId.PAYLOAD - 1);
      int length = Math.min(BlockId.PAYLOAD - 1, bytes.length - from);
      byte[] payload = new byte[length + 1];
      payload[0] = (byte) length;
      System.arraycopy(bytes, from, payload, 1, length);
      blocks.add(new BlockId(BlockId.Kind.HEADER, upload, i << 16 | count, 0, payload));
    }
    return blocks;
  }

  /** Reads a header of its blocks in any order; empty when one is missing or damaged. */
  static Optional<UploadHeader> decode(Collection<BlockId> blocks) {
    List<BlockId> sorted =
        blocks.stream().sorted((a, b) -> Integer.compare(a.number(), b.number())).toList();
    ByteArrayOutputStream deflated = new ByteArrayOutputStream();
    for (int i = 0; i < sorted.size(); i++) {
      byte[] payload = sorted.get(i).payload();
      if (sorted.get(i).number() != (i << 16 | sorted.size())
          || payload[0] < 0
          || payload[0] >= payload.length) {
        return Optional.empty();
      }
      deflated.write(payload, 1, payload[0]);
    }
    return inflate(deflated.toByteArray()).flatMap(UploadHeader::parse);
  }

  private static Optional<UploadHeader> parse(byte[] bytes) {
    String[] lines = new String(bytes, StandardCharsets.UTF_8).split("\n", -1);
    Map<String, String> metadata = new TreeMap<>();
    for (String line : Arrays.asList(lines).subList(1, lines.length)) {
      int end = line.indexOf('\0');
      if (end < 1) {
        return Optional.empty();
      }
      metadata.put(line.substring(0, end), line.substring(end + 1));
    }
    return Optional.of(new UploadHeader(metadata, lines[0].isEmpty() ? null : lines[0]));
  }

  private static byte[] deflate(byte[] bytes) {
    Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION, true);
    try {
      deflater.setInput(bytes);
      deflater.finish();
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      byte[] buffer = new byte[4096];
      while (!deflater.finished()) {
        out.write(buffer, 0, deflater.deflate(buffer));
      }
      return out.toByteArray();
    } finally {
      deflater.end();
    }
  }

  private static Optional<byte[]> inflate(byte[] deflated) {
    Inflater inflater = new Inflater(true);
    try {
      inflater.setInput(deflated);
      byte[] bytes = new byte[MOST_BYTES];
      int length = inflater.inflate(bytes);
      return inflater.finished() ? Optional.of(Arrays.copyOf(bytes, length)) : Optional.empty();
    } catch (DataFormatException e) {
      return Optional.empty();
    } finally {
      inflater.end();
    }
  }
}
