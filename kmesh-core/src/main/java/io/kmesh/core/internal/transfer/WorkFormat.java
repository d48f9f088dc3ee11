// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.transfer;

import io.kmesh.engine.WorkPlace;
import io.kmesh.engine.WorkResult;
import io.kmesh.engine.WorkUnit;
import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.key.KeyReference;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** The stored form of units of work and their results, docs/format/work-unit.md. */
public final class WorkFormat {
  private static final int UNIT = 0x4b4d5755;
  private static final int RESULT = 0x4b4d5752;
  private static final int VERSION = 0;
  private static final int LEAST = 4 + 1 + 4;
  private static final int LONGEST_TEXT = 0xffff;

  /** The stored numbers of error kinds, which never change. */
  private static final Map<ErrorKind, Integer> KINDS =
      Map.ofEntries(
          Map.entry(ErrorKind.NOT_FOUND, 1),
          Map.entry(ErrorKind.EXISTS, 2),
          Map.entry(ErrorKind.PRECONDITION, 3),
          Map.entry(ErrorKind.DENIED, 4),
          Map.entry(ErrorKind.EXPIRED, 5),
          Map.entry(ErrorKind.THROTTLED, 6),
          Map.entry(ErrorKind.TRANSIENT, 7),
          Map.entry(ErrorKind.INVALID, 8),
          Map.entry(ErrorKind.CORRUPT, 9),
          Map.entry(ErrorKind.NO_SPACE, 10),
          Map.entry(ErrorKind.UNSUPPORTED, 11),
          Map.entry(ErrorKind.CANCELLED, 12),
          Map.entry(ErrorKind.UNKNOWN_OUTCOME, 13),
          Map.entry(ErrorKind.ARCHIVED, 14));

  private WorkFormat() {}

  /** The bytes of a unit. */
  public static byte[] encode(WorkUnit unit) {
    return encoded(
        UNIT,
        out -> {
          text(out, unit.attempt());
          text(out, unit.source());
          place(out, unit.from());
          out.writeLong(unit.expectedVersion());
          out.writeLong(unit.offset());
          out.writeLong(unit.length());
          text(out, unit.target());
          place(out, unit.to());
          out.writeLong(unit.targetOffset());
          out.writeShort(unit.keys().size());
          for (KeyReference key : unit.keys()) {
            text(out, key.name());
          }
        });
  }

  /** The bytes of a result. */
  public static byte[] encode(WorkResult result) {
    return encoded(
        RESULT,
        out -> {
          text(out, result.attempt());
          out.writeLong(result.bytes());
          out.writeInt(result.crc32c());
          text(out, result.partEtag());
          out.writeByte(result.error().map(kind -> KINDS.getOrDefault(kind, 0)).orElse(0));
          text(out, result.message());
        });
  }

  /** Reads a unit. */
  public static WorkUnit decodeUnit(byte[] bytes) throws ProviderException {
    return decoded(
        bytes,
        UNIT,
        in -> {
          String attempt = text(in);
          String source = text(in);
          WorkPlace from = place(in);
          long version = in.getLong();
          long offset = in.getLong();
          long length = in.getLong();
          String target = text(in);
          WorkPlace to = place(in);
          long targetOffset = in.getLong();
          List<KeyReference> keys = new ArrayList<>();
          for (int left = in.getShort() & 0xffff; left > 0; left--) {
            keys.add(new KeyReference(text(in)));
          }
          return new WorkUnit(
              attempt, source, from, version, offset, length, target, to, targetOffset, keys);
        });
  }

  /** Reads a result. */
  public static WorkResult decodeResult(byte[] bytes) throws ProviderException {
    return decoded(
        bytes,
        RESULT,
        in -> {
          String attempt = text(in);
          long moved = in.getLong();
          int crc = in.getInt();
          String etag = text(in);
          ErrorKind error = kind(in.get());
          return new WorkResult(attempt, moved, crc, etag, error, text(in));
        });
  }

  private static @Nullable ErrorKind kind(int number) {
    if (number == 0) {
      return null;
    }
    for (Map.Entry<ErrorKind, Integer> entry : KINDS.entrySet()) {
      if (entry.getValue() == number) {
        return entry.getKey();
      }
    }
    throw new IllegalArgumentException("its error " + number + " is not known");
  }

  private interface Writer {
    void write(DataOutputStream out) throws IOException;
  }

  private interface Reader<T> {
    T read(ByteBuffer in);
  }

  private static byte[] encoded(int magic, Writer writer) {
    try {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      DataOutputStream out = new DataOutputStream(bytes);
      out.writeInt(magic);
      out.writeByte(VERSION);
      writer.write(out);
      out.writeInt(checksum(bytes.toByteArray(), bytes.size()));
      return bytes.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static <T> T decoded(byte[] bytes, int magic, Reader<T> reader) throws ProviderException {
    if (bytes.length < LEAST || ByteBuffer.wrap(bytes).getInt() != magic) {
      throw corrupt("it does not begin as one", null);
    }
    if (bytes[4] != VERSION) {
      throw new ProviderException(
          ErrorKind.UNSUPPORTED,
          "Cannot read a unit of work: its format is "
              + bytes[4]
              + ", this Kmesh knows "
              + VERSION
              + ". Use the Kmesh that wrote it.");
    }
    int length = bytes.length - 4;
    if (ByteBuffer.wrap(bytes).getInt(length) != checksum(bytes, length)) {
      throw corrupt("its checksum is wrong", null);
    }
    try {
      ByteBuffer in = ByteBuffer.wrap(bytes, 5, length - 5);
      T value = reader.read(in);
      if (in.hasRemaining()) {
        throw corrupt("it is too long", null);
      }
      return value;
    } catch (BufferUnderflowException | IllegalArgumentException e) {
      throw corrupt(String.valueOf(e.getMessage()), e);
    }
  }

  private static void place(DataOutputStream out, WorkPlace place) throws IOException {
    if (place instanceof WorkPlace.AtPath p) {
      out.writeByte(1);
      bytes(out, p.path().toBytes());
    } else if (place instanceof WorkPlace.AtFid f) {
      out.writeByte(2);
      out.writeLong(f.fid().sequence());
      out.writeInt(f.fid().oid());
      out.writeInt(f.fid().version());
    } else if (place instanceof WorkPlace.AtKey k) {
      out.writeByte(3);
      text(out, k.key());
      text(out, k.etag());
    } else if (place instanceof WorkPlace.AtPart p) {
      out.writeByte(4);
      text(out, p.key());
      text(out, p.uploadId());
      out.writeInt(p.number());
    }
  }

  private static WorkPlace place(ByteBuffer in) {
    int type = in.get();
    return switch (type) {
      case 1 -> new WorkPlace.AtPath(PathBytes.of(bytes(in)));
      case 2 -> new WorkPlace.AtFid(new Fid(in.getLong(), in.getInt(), in.getInt()));
      case 3 -> new WorkPlace.AtKey(text(in), text(in));
      case 4 -> new WorkPlace.AtPart(text(in), text(in), in.getInt());
      default -> throw new IllegalArgumentException("its place of type " + type + " is not known");
    };
  }

  private static void text(DataOutputStream out, String text) throws IOException {
    bytes(out, text.getBytes(StandardCharsets.UTF_8));
  }

  private static void bytes(DataOutputStream out, byte[] bytes) throws IOException {
    if (bytes.length > LONGEST_TEXT) {
      throw new IllegalArgumentException(
          "Cannot write a unit of work: a text in it has " + bytes.length + " bytes.");
    }
    out.writeShort(bytes.length);
    out.write(bytes);
  }

  private static byte[] bytes(ByteBuffer in) {
    byte[] bytes = new byte[Math.min(in.getShort() & 0xffff, in.remaining() + 1)];
    in.get(bytes);
    return bytes;
  }

  private static String text(ByteBuffer in) {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(bytes(in)))
          .toString();
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("a text in it is not UTF-8", e);
    }
  }

  private static int checksum(byte[] bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, length);
    return (int) crc.getValue();
  }

  private static ProviderException corrupt(String reason, @Nullable Throwable cause) {
    return new ProviderException(
        ErrorKind.CORRUPT,
        "Cannot read a unit of work: " + reason + ". Let its coordinator write it anew.",
        cause);
  }
}
