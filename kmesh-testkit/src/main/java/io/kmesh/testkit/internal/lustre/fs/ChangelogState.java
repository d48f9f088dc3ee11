// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.fs;

import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileTime;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/** What one changelog keeps beside its records. Not thread-safe. */
final class ChangelogState {
  /** Lustre's default: all types but ATIME, OPEN, GXATR and NOPEN. */
  static final long DEFAULT_MASK = ~(1L << 19 | 1L << 10 | 1L << 23 | 1L << 24);

  private static final int MAGIC = 0x0055534b; // "KSU", version 0

  final Map<String, ChangelogUserState> users = new TreeMap<>();
  long mask = DEFAULT_MASK;
  int lastUser;

  /** No smaller index is given to a record any more. */
  long nextIndex = 1;

  /** No smaller index is kept. */
  long firstKept = 1;

  boolean collectsIdle = true;
  Duration maxIdle = Duration.ofDays(30);
  Duration minInterval = Duration.ofHours(1);

  static ChangelogState read(Path file) throws IOException {
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      return new ChangelogState();
    }
    return decode(bytes, file.toString());
  }

  /** Replaces the file at once. */
  void write(Path file) throws IOException {
    Path temporary = file.resolveSibling(file.getFileName() + ".new");
    try (FileChannel channel =
        FileChannel.open(
            temporary,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      ByteBuffer content = ByteBuffer.wrap(encode());
      while (content.hasRemaining()) {
        channel.write(content);
      }
    }
    Files.move(
        temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  byte[] encode() {
    ByteWriter body = new ByteWriter(256);
    body.i64(mask).i32(lastUser).i64(nextIndex).i64(firstKept).u8(collectsIdle ? 1 : 0);
    body.i64(maxIdle.toSeconds()).i64(minInterval.toSeconds()).i32(users.size());
    for (ChangelogUserState user : users.values()) {
      body.text(user.id()).i64(user.cleared());
      body.time(FileTime.of(user.active()));
    }
    byte[] bytes = body.toBytes();
    return new ByteWriter(bytes.length + 8).i32(MAGIC).i32(checksum(bytes)).bytes(bytes).toBytes();
  }

  static ChangelogState decode(byte[] bytes, String what) throws ProviderException {
    ByteReader in = new ByteReader(bytes, what);
    if (in.i32() != MAGIC) {
      throw in.corrupt("it does not begin as the users of a changelog of version 0");
    }
    int checksum = in.i32();
    byte[] body = in.bytes(in.remaining());
    if (checksum(body) != checksum) {
      throw in.corrupt("its checksum does not fit");
    }
    in = new ByteReader(body, what);
    ChangelogState state = new ChangelogState();
    state.mask = in.i64();
    state.lastUser = in.i32();
    state.nextIndex = in.i64();
    state.firstKept = in.i64();
    state.collectsIdle = in.u8() == 1;
    state.maxIdle = Duration.ofSeconds(in.i64());
    state.minInterval = Duration.ofSeconds(in.i64());
    for (int left = in.length(1 << 16); left > 0; left--) {
      String id = in.text();
      long cleared = in.i64();
      state.users.put(id, new ChangelogUserState(id, cleared, in.instant()));
    }
    return state;
  }

  private static int checksum(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    return (int) crc.getValue();
  }
}
