// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.hsm;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.testkit.lustre.ActionStatus;
import io.kmesh.testkit.lustre.CoordinatorPolicy;
import io.kmesh.testkit.lustre.CoordinatorSettings;
import io.kmesh.testkit.lustre.CoordinatorState;
import io.kmesh.testkit.lustre.LastUnlink;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.zip.CRC32C;

/**
 * The bytes of an action log: docs/format/simulated-lustre.md, section HSM. All numbers are
 * little-endian. An entry is its length, the length's complement, the CRC-32C of the body, the
 * body.
 */
final class LogCodec {
  /** Bytes before the body of an entry. */
  static final int FRAME = 12;

  /** No body is longer: a request has less than 1706 bytes. */
  static final int MAX_BODY = 4096;

  /** Bytes of the file's header. */
  static final int HEADER = 16;

  private static final byte[] MAGIC = {'K', 'M', 'S', 'I', 'M', 'H', 'S', 'M'};
  private static final int VERSION = 0;

  private static final byte ADDED = 1;
  private static final byte CHANGED = 2;
  private static final byte DATA_FID = 3;
  private static final byte TOUCHED = 4;
  private static final byte DROPPED = 5;
  private static final byte SETTINGS = 6;
  private static final byte COUNTERS = 7;

  private static final int ACTIVE = 1;
  private static final int CANCELED = 2;

  // The places in these lists are the codes in the file: append, never reorder.
  private static final List<HsmActionKind> ACTIONS =
      List.of(
          HsmActionKind.ARCHIVE,
          HsmActionKind.RESTORE,
          HsmActionKind.RELEASE,
          HsmActionKind.REMOVE,
          HsmActionKind.CANCEL);
  private static final List<ActionStatus> STATUSES =
      List.of(
          ActionStatus.WAITING,
          ActionStatus.STARTED,
          ActionStatus.FAILED,
          ActionStatus.CANCELED,
          ActionStatus.SUCCEED);
  private static final List<CoordinatorState> STATES =
      List.of(CoordinatorState.ENABLED, CoordinatorState.DISABLED, CoordinatorState.STOPPED);
  private static final List<CoordinatorPolicy> POLICIES =
      List.of(CoordinatorPolicy.NON_BLOCKING_RESTORE, CoordinatorPolicy.NO_RETRY_ACTION);
  private static final List<LastUnlink> LAST_UNLINKS =
      List.of(LastUnlink.KEEP_ARCHIVE, LastUnlink.REMOVE_ARCHIVE);

  private LogCodec() {}

  static byte[] header(int mdt) {
    return ByteBuffer.allocate(HEADER)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(MAGIC)
        .putInt(VERSION)
        .putInt(mdt)
        .array();
  }

  /** Checks a header of this MDT; {@code where} names the file. */
  static void checkHeader(byte[] header, int mdt, String where) throws IOException {
    ByteBuffer b = ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN);
    byte[] magic = new byte[MAGIC.length];
    if (header.length < HEADER) {
      throw corrupt(where, "it is shorter than its header");
    }
    b.get(magic);
    if (!Arrays.equals(magic, MAGIC)) {
      throw corrupt(where, "it does not begin as an action log does");
    }
    int version = b.getInt();
    if (version != VERSION) {
      throw new ProviderException(
          ErrorKind.INVALID,
          "Cannot open "
              + where
              + ": its format is version "
              + Integer.toUnsignedString(version)
              + ", and this build reads "
              + VERSION
              + ". Open it with the Kmesh that wrote it, or make a new simulated file system.");
    }
    int of = b.getInt();
    if (of != mdt) {
      throw corrupt(where, "it belongs to MDT" + of + ", not to MDT" + mdt);
    }
  }

  static ProviderException corrupt(String where, String why) {
    return new ProviderException(
        ErrorKind.CORRUPT,
        "Cannot read "
            + where
            + ": "
            + why
            + ". The simulated file system is damaged; make a new one or restore its directory.");
  }

  /** Appends a framed entry at the buffer's position, which must have room for the largest one. */
  static void write(ByteBuffer to, LogEntry entry) {
    int start = to.position();
    to.position(start + FRAME);
    body(to, entry);
    int end = to.position();
    int length = end - start - FRAME;
    CRC32C crc = new CRC32C();
    crc.update(to.array(), to.arrayOffset() + start + FRAME, length);
    to.putInt(start, length);
    to.putInt(start + 4, ~length);
    to.putInt(start + 8, (int) crc.getValue());
  }

  private static void body(ByteBuffer to, LogEntry entry) {
    if (entry instanceof LogEntry.Added a) {
      to.put(ADDED).putLong(a.index()).putLong(a.cookie()).put(code(ACTIONS, a.action()));
      fid(to, a.fid());
      fid(to, a.dataFid());
      to.putInt(a.archiveId()).putInt(a.flags()).putLong(a.time());
      to.putShort((short) a.payload().length).put(a.payload());
    } else if (entry instanceof LogEntry.Changed c) {
      int bits = (c.active() ? ACTIVE : 0) | (c.canceled() ? CANCELED : 0);
      to.put(CHANGED).putLong(c.index()).put(code(STATUSES, c.status())).put((byte) bits);
      to.putLong(c.time());
    } else if (entry instanceof LogEntry.DataFid d) {
      to.put(DATA_FID).putLong(d.index());
      fid(to, d.fid());
      to.putLong(d.time());
    } else if (entry instanceof LogEntry.Touched t) {
      to.put(TOUCHED).putLong(t.index()).putLong(t.time());
    } else if (entry instanceof LogEntry.Dropped d) {
      to.put(DROPPED).putLong(d.index());
    } else if (entry instanceof LogEntry.Settings s) {
      settings(to.put(SETTINGS), s);
    } else if (entry instanceof LogEntry.Counters c) {
      to.put(COUNTERS).putLong(c.lastIndex()).putLong(c.lastCookie());
    }
  }

  private static void settings(ByteBuffer to, LogEntry.Settings s) {
    CoordinatorSettings c = s.settings();
    to.put(code(STATES, s.state())).putInt(c.maxRequests());
    to.putLong(c.loopPeriod().toMillis()).putLong(c.activeRequestTimeout().toMillis());
    to.putLong(c.graceDelay().toMillis()).putInt(c.defaultArchiveId().value());
    to.put(bits(POLICIES, c.policy())).put(code(LAST_UNLINKS, c.lastUnlink()));
    to.put(bits(ACTIONS, c.ownerRequests())).put(bits(ACTIONS, c.otherRequests()));
  }

  private static void fid(ByteBuffer to, Fid fid) {
    to.putLong(fid.sequence()).putInt(fid.oid()).putInt(fid.version());
  }

  /**
   * Decodes a body whose checksum held.
   *
   * @throws IOException CORRUPT when it is not an entry
   */
  static LogEntry decode(byte[] body, String where) throws IOException {
    ByteBuffer b = ByteBuffer.wrap(body).order(ByteOrder.LITTLE_ENDIAN);
    try {
      LogEntry entry = decode(b, where);
      if (b.hasRemaining()) {
        throw corrupt(where, "an entry is followed by " + b.remaining() + " bytes");
      }
      return entry;
    } catch (BufferUnderflowException e) {
      throw corrupt(where, "an entry of " + body.length + " bytes is too short");
    } catch (IllegalArgumentException e) {
      throw corrupt(where, "an entry holds a value out of range (" + e.getMessage() + ")");
    }
  }

  private static LogEntry decode(ByteBuffer b, String where) throws IOException {
    byte type = b.get();
    return switch (type) {
      case ADDED -> added(b);
      case CHANGED -> {
        long index = b.getLong();
        ActionStatus status = constant(STATUSES, b.get());
        int bits = b.get();
        if ((bits & ~(ACTIVE | CANCELED)) != 0) {
          throw new IllegalArgumentException("bits " + bits);
        }
        yield new LogEntry.Changed(
            index, status, (bits & ACTIVE) != 0, (bits & CANCELED) != 0, b.getLong());
      }
      case DATA_FID -> new LogEntry.DataFid(b.getLong(), fid(b), b.getLong());
      case TOUCHED -> new LogEntry.Touched(b.getLong(), b.getLong());
      case DROPPED -> new LogEntry.Dropped(b.getLong());
      case SETTINGS -> settings(b);
      case COUNTERS -> new LogEntry.Counters(b.getLong(), b.getLong());
      default -> throw corrupt(where, "an entry is of the unknown type " + type);
    };
  }

  private static LogEntry added(ByteBuffer b) {
    long index = b.getLong();
    long cookie = b.getLong();
    HsmActionKind action = constant(ACTIONS, b.get());
    Fid fid = fid(b);
    Fid dataFid = fid(b);
    int archiveId = b.getInt();
    int flags = b.getInt();
    long time = b.getLong();
    byte[] payload = new byte[Short.toUnsignedInt(b.getShort())];
    if (archiveId < 0) {
      throw new IllegalArgumentException("archive " + archiveId);
    }
    b.get(payload);
    return new LogEntry.Added(index, cookie, action, fid, dataFid, archiveId, flags, time, payload);
  }

  private static LogEntry settings(ByteBuffer b) {
    CoordinatorState state = constant(STATES, b.get());
    int maxRequests = b.getInt();
    Duration loopPeriod = Duration.ofMillis(b.getLong());
    Duration timeout = Duration.ofMillis(b.getLong());
    Duration grace = Duration.ofMillis(b.getLong());
    ArchiveId archive = ArchiveId.of(b.getInt());
    Set<CoordinatorPolicy> policy = set(POLICIES, b.get());
    LastUnlink lastUnlink = constant(LAST_UNLINKS, b.get());
    Set<HsmActionKind> owner = set(ACTIONS, b.get());
    Set<HsmActionKind> other = set(ACTIONS, b.get());
    return new LogEntry.Settings(
        state,
        new CoordinatorSettings(
            maxRequests, loopPeriod, timeout, grace, archive, policy, lastUnlink, owner, other));
  }

  private static Fid fid(ByteBuffer b) {
    return new Fid(b.getLong(), b.getInt(), b.getInt());
  }

  private static <E> byte code(List<E> codes, E value) {
    return (byte) codes.indexOf(value);
  }

  private static <E> E constant(List<E> codes, byte code) {
    if (code < 0 || code >= codes.size()) {
      throw new IllegalArgumentException("code " + code);
    }
    return codes.get(code);
  }

  private static <E> byte bits(List<E> codes, Set<E> set) {
    int bits = 0;
    for (E e : set) {
      bits |= 1 << codes.indexOf(e);
    }
    return (byte) bits;
  }

  private static <E> Set<E> set(List<E> codes, byte bits) {
    if (bits < 0 || bits >= 1 << codes.size()) {
      throw new IllegalArgumentException("set " + bits);
    }
    Set<E> set = new HashSet<>();
    for (int i = 0; i < codes.size(); i++) {
      if ((bits & 1 << i) != 0) {
        set.add(codes.get(i));
      }
    }
    return set;
  }
}
