// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.quickstart;

import com.fasterxml.jackson.databind.JsonNode;
import io.kmesh.path.PathBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a program does in a virtual copy, whose files are as any others to it: the plan's records of
 * the step "copy". Doing them again changes nothing.
 */
final class CopyChanges {
  private static final String STEP = "copy";

  private final Path copy;
  private final List<JsonNode> records;

  CopyChanges(Path copy, List<JsonNode> records) {
    this.copy = copy;
    this.records = records.stream().filter(r -> r.path("step").asText().equals(STEP)).toList();
  }

  /** Applies all and gives how many bytes were written. */
  long apply() throws IOException {
    long bytes = 0;
    for (JsonNode record : records) {
      Path file = path(copy, record);
      switch (record.path("op").asText()) {
        case "write" -> bytes += write(file, record);
        case "truncate" -> {
          try (SeekableByteChannel channel =
              Files.newByteChannel(file, StandardOpenOption.WRITE)) {
            channel.truncate(record.path("size").asLong());
          }
        }
        case "mtime" -> setTime(file, record.path("mtime").asLong());
        default -> throw new IOException("Cannot apply " + record + " in a copy.");
      }
    }
    return bytes;
  }

  /** The files that were changed. */
  Set<PathBytes> paths() {
    Set<PathBytes> paths = new TreeSet<>();
    records.forEach(record -> paths.add(path(record)));
    return paths;
  }

  /**
   * Compares what both sides show of the files that were written in the tree itself.
   *
   * @return the first that differs, or none
   */
  String differing(Path tree, List<JsonNode> all) throws IOException {
    for (JsonNode record : all) {
      if (!record.path("step").asText().equals("changes") || !record.has("data")) {
        continue;
      }
      if (path(record).utf8().isPresent()) {
        Path here = path(tree, record);
        Path there = path(copy, record);
        boolean isFile = Files.isRegularFile(here, LinkOption.NOFOLLOW_LINKS);
        if (isFile != Files.isRegularFile(there, LinkOption.NOFOLLOW_LINKS)
            || (isFile && Files.mismatch(here, there) != -1)) {
          return path(record).toString();
        }
      }
    }
    return "";
  }

  private static long write(Path file, JsonNode record) throws IOException {
    JsonNode data = record.path("data");
    byte[] bytes =
        data.has("base64")
            ? Base64.getDecoder().decode(data.path("base64").asText())
            : new SeededBytes(data.path("seed").asLong()).next(data.path("length").asInt());
    try (SeekableByteChannel channel = Files.newByteChannel(file, StandardOpenOption.WRITE)) {
      channel.position(record.path("offset").asLong());
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
    }
    return bytes.length;
  }

  private static void setTime(Path file, long nanos) throws IOException {
    Files.setLastModifiedTime(
        file, FileTime.from(Instant.ofEpochSecond(0).plusNanos(nanos)));
  }

  private static PathBytes path(JsonNode record) {
    return PathBytes.of(Base64.getDecoder().decode(record.path("path").asText()));
  }

  private static Path path(Path top, JsonNode record) {
    return top.resolve(path(record).utf8().orElseThrow());
  }
}
