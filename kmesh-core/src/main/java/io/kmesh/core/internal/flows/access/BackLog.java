// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.access;

import io.kmesh.core.internal.flows.base.Content;
import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.repository.bytes.ByteInput;
import io.kmesh.core.internal.repository.bytes.ByteOutput;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileTime;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** The form of the journal of what is written back: docs/format/flow-writeback.md. Stateless. */
final class BackLog {
  /** The form that this build writes. */
  static final int FORMAT = 0;

  /** Bytes before the first frame. */
  static final int HEAD = 13;

  private static final byte[] MAGIC = {'K', 'M', 'W', 'B'};
  private static final int FRAME_HEAD = 8;

  /** A path has at most 4,096 bytes, and a frame two of them. */
  private static final int MOST_FRAME = 16 << 10;

  private static final int EDIT = 1;
  private static final int DONE = 2;
  private static final int RESOLVED = 3;
  private static final int GIVEN = 4;
  private static final int ABSENT = 0;
  private static final int SEEN = 1;
  private static final int AFTER = 2;

  private BackLog() {}

  /** What a frame says. */
  sealed interface Entry {
    /** Of which edit. */
    long number();
  }

  /**
   * What must be at the path, else the edit is a conflict.
   *
   * @param seen what the source had; null when an earlier edit was seen
   * @param after the earlier edit; 0 when what the source had was seen
   */
  record Basis(EditSender.@Nullable Seen seen, long after) {
    static Basis of(EditSender.Seen seen) {
      return new Basis(seen, 0);
    }

    static Basis after(long number) {
      return new Basis(null, number);
    }
  }

  /**
   * A file was written; its bytes are beside the log.
   *
   * @param number its number, 1 or more, ascending
   * @param path where
   * @param basis what was there
   * @param content its size, and when it was written
   * @param checksum of its bytes, CRC-32C
   * @param mode of a new file
   * @param replaced an earlier edit of the path that was not sent and never will be; 0 for none
   */
  record Edit(
      long number,
      PathBytes path,
      Basis basis,
      Content content,
      int checksum,
      int mode,
      long replaced)
      implements Entry {
    Edit numbered(long next) {
      return new Edit(next, path, basis, content, checksum, mode, replaced);
    }
  }

  /**
   * The source has it, and what is known of the source here shows that.
   *
   * @param path where it was written
   * @param kept where the source put it since somebody was faster, printable; empty when it did not
   * @param time when it was written
   */
  record Done(long number, PathBytes path, String kept, FileTime time) implements Entry {}

  /** A conflict is not listed any more. */
  record Resolved(long number) implements Entry {}

  /** Numbers up to this one were given. */
  record Given(long number) implements Entry {}

  /** What a journal begins with. */
  static byte[] head(long journal) {
    ByteOutput out = new ByteOutput(HEAD);
    out.raw(MAGIC);
    out.u8(FORMAT);
    out.u64BigEndian(journal);
    return out.toBytes();
  }

  /**
   * The id of the journal that begins so.
   *
   * @throws ProviderException CORRUPT when it is none; UNSUPPORTED when a newer build wrote it
   */
  static long journal(byte[] head, int length) throws ProviderException {
    if (length < HEAD || !Arrays.equals(head, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
      throw new ProviderException(
          ErrorKind.CORRUPT,
          "Cannot open the journal of what waits to be written back: it is none. The files in its"
              + " folder are what was written; copy them away before you remove it.");
    }
    if (head[MAGIC.length] != FORMAT) {
      throw new ProviderException(
          ErrorKind.UNSUPPORTED,
          "Cannot open the journal of what waits to be written back: its format is "
              + (head[MAGIC.length] & 0xff)
              + ", this build knows "
              + FORMAT
              + ". Use the build that made it.");
    }
    return new ByteInput(head, MAGIC.length + 1, Long.BYTES, "a journal").u64BigEndian();
  }

  private static void time(FileTime time, ByteOutput out) {
    out.zigzag(time.seconds());
    out.varint(time.nanos());
  }

  static FileTime time(ByteInput in) throws ProviderException {
    long seconds = in.zigzag();
    return new FileTime(seconds, (int) in.varint(999_999_999, "nanoseconds"));
  }

  /** A frame. */
  static byte[] frame(Entry entry) {
    ByteOutput body = new ByteOutput(64);
    if (entry instanceof Edit edit) {
      body.u8(EDIT);
      body.varint(edit.number());
      body.block(edit.path().toBytes());
      basis(edit.basis(), body);
      body.varint(edit.content().size());
      time(edit.content().mtime(), body);
      body.u32(edit.checksum());
      body.varint(edit.mode());
      body.varint(edit.replaced());
    } else if (entry instanceof Done done) {
      body.u8(DONE);
      body.varint(done.number());
      body.block(done.path().toBytes());
      body.block(done.kept().getBytes(StandardCharsets.UTF_8));
      time(done.time(), body);
    } else {
      body.u8(entry instanceof Resolved ? RESOLVED : GIVEN);
      body.varint(entry.number());
    }
    ByteOutput frame = new ByteOutput(body.size() + FRAME_HEAD);
    frame.u32(body.size());
    frame.u32(checksum(body.array(), body.size()));
    frame.raw(body.array(), 0, body.size());
    return frame.toBytes();
  }

  private static void basis(Basis basis, ByteOutput body) {
    EditSender.Seen seen = basis.seen();
    if (seen == null) {
      body.u8(AFTER);
      body.varint(basis.after());
    } else if (seen.node() == null) {
      body.u8(ABSENT);
    } else {
      body.u8(SEEN);
      seen.node().write(body);
      seen.dot().write(body);
      body.varint(seen.content().size());
      time(seen.content().mtime(), body);
    }
  }

  static int checksum(byte[] bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, length);
    return (int) crc.getValue();
  }

  private static int word(byte[] buffer, int at) {
    return (buffer[at] & 0xff)
        | (buffer[at + 1] & 0xff) << 8
        | (buffer[at + 2] & 0xff) << 16
        | (buffer[at + 3] & 0xff) << 24;
  }

  /** The bytes of the whole frame at a place. */
  static int length(byte[] buffer, int at) {
    return FRAME_HEAD + word(buffer, at);
  }

  /** The frame at a place; null when it is not whole. */
  static @Nullable Entry entry(byte[] buffer, int at, int end) {
    if (end - at < FRAME_HEAD) {
      return null;
    }
    int length = word(buffer, at);
    if (length <= 0 || length > MOST_FRAME || length > end - at - FRAME_HEAD) {
      return null;
    }
    byte[] body = Arrays.copyOfRange(buffer, at + FRAME_HEAD, at + FRAME_HEAD + length);
    if (checksum(body, length) != word(buffer, at + 4)) {
      return null;
    }
    try {
      return decode(body);
    } catch (ProviderException | IllegalArgumentException e) {
      return null;
    }
  }

  private static long number(ByteInput in) throws ProviderException {
    return in.varint(Long.MAX_VALUE, "a number");
  }

  private static Entry decode(byte[] body) throws ProviderException {
    ByteInput in = new ByteInput(body, "a frame of a flow's journal");
    int kind = in.u8();
    long number = number(in);
    Entry entry =
        switch (kind) {
          case EDIT -> edit(number, in);
          case DONE ->
              new Done(
                  number,
                  PathBytes.of(in.block()),
                  new String(in.block(), StandardCharsets.UTF_8),
                  time(in));
          case RESOLVED -> new Resolved(number);
          case GIVEN -> new Given(number);
          default -> throw in.damaged("kind " + kind + " is not known");
        };
    in.end();
    return entry;
  }

  private static Edit edit(long number, ByteInput in) throws ProviderException {
    PathBytes path = PathBytes.of(in.block());
    Basis basis =
        switch (in.u8()) {
          case ABSENT -> Basis.of(EditSender.Seen.NOTHING);
          case SEEN -> {
            NodeId node = NodeId.read(in);
            Dot dot = Dot.read(in);
            long size = in.varint(Long.MAX_VALUE, "a size");
            yield Basis.of(new EditSender.Seen(node, dot, new Content(size, time(in))));
          }
          case AFTER -> Basis.after(number(in));
          default -> throw in.damaged("what was seen is not known");
        };
    long size = in.varint(Long.MAX_VALUE, "a size");
    Content content = new Content(size, time(in));
    int checksum = in.u32();
    int mode = (int) in.varint(07777, "a mode");
    return new Edit(number, path, basis, content, checksum, mode, number(in));
  }
}
