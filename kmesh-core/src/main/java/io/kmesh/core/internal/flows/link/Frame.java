// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.link;

import java.io.IOException;

/**
 * The head of a frame, and the numbers of the wire (docs/format/flow-link.md).
 *
 * @param type what it is
 * @param flags what is said of it
 * @param length the bytes that follow the head
 */
record Frame(int type, int flags, int length) {
  static final int HEAD_BYTES = 8;

  static final int ORDERED = 1;
  static final int BULK = 2;
  static final int ACK = 3;
  static final int PING = 4;
  static final int CUT = 5;
  static final int ARRIVED = 6;
  static final int LEAVE = 7;
  static final int GOODBYE = 8;

  /** The message is a zstd frame. */
  static final int PACKED = 1;

  /** The sender has nothing behind it and wants to hear soon that it is handled. */
  static final int LAST = 2;

  /** Of a ping: messages wait for streams that take them. */
  static final int BUSY = 1;

  /** A reader that does not know the type skips the frame. */
  static final int SKIPPABLE = 0x80;

  /** The longest frame that is no message: two sets of numbers and a little. */
  static final int LONGEST_CONTROL = 2 * (IdWindow.SPREAD / 8) + 64;

  private static final int LONGEST_SET = IdWindow.SPREAD / 8;

  /** Reads a head; what it says is checked by {@link #check}. */
  static Frame read(FrameInput in) throws IOException {
    int type = in.u8();
    int flags = in.u8();
    if (in.u16() != 0) {
      throw new LinkViolation("a frame of type " + type + " whose reserved bytes are not 0");
    }
    return new Frame(type, flags, in.i32());
  }

  boolean isMessage() {
    return type == ORDERED || type == BULK;
  }

  /** Refuses a length that no such frame has. */
  void check(int longestMessage) throws LinkViolation {
    int least = 0;
    int most = LONGEST_CONTROL;
    switch (type) {
      case ORDERED, BULK -> {
        least = 8 + ((flags & PACKED) == 0 ? 0 : 4);
        most = least + longestMessage;
      }
      case ACK -> least = 2 * (8 + 2);
      case PING -> {
        least = 4 * 8;
        most = least;
      }
      case CUT -> {
        least = 4;
        most = least;
      }
      case ARRIVED -> least = 4 + 2 * (8 + 2);
      case LEAVE -> most = 0;
      case GOODBYE -> least = 1;
      default -> {
        if ((flags & SKIPPABLE) == 0) {
          throw new LinkViolation("a frame of the unknown type " + type);
        }
      }
    }
    if (length < least || length > most) {
      throw new LinkViolation(
          "a frame of type " + type + " and " + Integer.toUnsignedString(length) + " bytes");
    }
  }

  /** Reads a set of numbers: floor, length of the bits, bits. */
  static IdSet set(FrameInput in) throws IOException {
    long floor = in.i64();
    int length = in.u16();
    if (floor < 0 || length > LONGEST_SET || floor > Long.MAX_VALUE - IdWindow.SPREAD) {
      throw new LinkViolation("a set of numbers from " + floor + " on, of " + length + " bytes");
    }
    return new IdSet(floor, in.bytes(length));
  }

  /** The bytes that a set of numbers needs. */
  static int bytes(IdSet set) {
    return 8 + 2 + set.bits().length;
  }

  /** Whether what was read of a body is all that its head announced. */
  static void checkEnd(Frame frame, long began, FrameInput in) throws LinkViolation {
    if (in.count() - began != frame.length) {
      throw new LinkViolation("a frame of type " + frame.type + " whose length is not its body's");
    }
  }
}
