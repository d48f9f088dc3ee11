// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.link;

import io.kmesh.core.internal.flows.link.LinkRefusedException.Cause;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The first words on a stream, of both sides. Its frame and its fields' form are the same in every
 * version, so that sides that share none can say so.
 *
 * @param least the oldest version that is spoken
 * @param most the newest version that is spoken
 * @param site the speaker's site; empty in a refusal
 * @param instance the speaker's process, 32 hexadecimal digits; empty in a refusal
 * @param capabilities what the speaker can
 * @param flows what the dialling side wants to talk about
 * @param longestMessage the longest message that the speaker takes, in bytes
 * @param orderedWindow the credit that it gives for ordered messages, in bytes
 * @param bulkWindow the credit that it gives for bulk messages, in bytes
 * @param ticket the session to join, or the session that was opened
 * @param stream the number that the listening side gives the stream, from 1; 0 in the offer
 * @param refusal why there will be nothing
 */
record Hello(
    int least,
    int most,
    String site,
    String instance,
    Set<String> capabilities,
    Set<String> flows,
    int longestMessage,
    long orderedWindow,
    long bulkWindow,
    @Nullable Ticket ticket,
    int stream,
    @Nullable LinkRefusedException refusal) {
  static final int MAGIC = 0x4b4d4c4b; // KMLK
  static final int LONGEST = 64 << 10;
  static final int LEAST_MESSAGE = 4 << 10;
  static final int MOST_MESSAGE = 256 << 20;
  static final int LEAST_WINDOW = 8 << 10;
  static final int MOST_NAMES = 256;

  private static final int SITE = 1;
  private static final int INSTANCE = 2;
  private static final int CAPABILITY = 3;
  private static final int FLOW = 4;
  private static final int LONGEST_MESSAGE = 5;
  private static final int ORDERED_WINDOW = 6;
  private static final int BULK_WINDOW = 7;
  private static final int SESSION = 8;
  private static final int TOKEN = 9;
  private static final int STREAM = 10;
  private static final int REFUSAL = 11;

  private static final int LONGEST_NAME = 255;
  private static final int LONGEST_REASON = 1000;

  Hello {
    capabilities = Set.copyOf(capabilities);
    flows = Set.copyOf(flows);
  }

  /** What both sides have in common, or nothing. */
  int agree(Hello other) throws LinkRefusedException {
    int common = Math.min(most, other.most);
    if (common < Math.max(least, other.least)) {
      throw new LinkRefusedException(
          Cause.VERSION,
          "Cannot talk to "
              + (other.site.isEmpty() ? "the peer" : other.site)
              + ": it speaks versions "
              + other.least
              + " to "
              + other.most
              + " of the link's protocol, this side "
              + least
              + " to "
              + most
              + ". Update the older one.");
    }
    return common;
  }

  /** A refusal in answer to whatever was said. */
  static Hello refusal(int least, int most, LinkRefusedException why) {
    return new Hello(least, most, "", "", Set.of(), Set.of(), 0, 0, 0, null, 0, why);
  }

  void write(FrameOutput out) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    FrameOutput fields = new FrameOutput(body);
    if (refusal != null) {
      String reason = String.valueOf(refusal.getMessage());
      byte[] text =
          reason
              .substring(0, Math.min(reason.length(), LONGEST_REASON))
              .getBytes(StandardCharsets.UTF_8);
      field(
          fields,
          REFUSAL,
          ByteBuffer.allocate(1 + text.length).put((byte) refusal.why().number).put(text).array());
    } else {
      field(fields, SITE, site.getBytes(StandardCharsets.UTF_8));
      field(fields, INSTANCE, HexFormat.of().parseHex(instance));
      for (String name : new TreeSet<>(capabilities)) {
        field(fields, CAPABILITY, name.getBytes(StandardCharsets.UTF_8));
      }
      for (String name : new TreeSet<>(flows)) {
        field(fields, FLOW, name.getBytes(StandardCharsets.UTF_8));
      }
      field(fields, LONGEST_MESSAGE, ByteBuffer.allocate(4).putInt(longestMessage).array());
      field(fields, ORDERED_WINDOW, ByteBuffer.allocate(8).putLong(orderedWindow).array());
      field(fields, BULK_WINDOW, ByteBuffer.allocate(8).putLong(bulkWindow).array());
      if (ticket != null) {
        field(fields, SESSION, HexFormat.of().parseHex(ticket.session()));
        field(fields, TOKEN, ticket.token());
      }
      if (stream != 0) {
        field(fields, STREAM, ByteBuffer.allocate(4).putInt(stream).array());
      }
    }
    fields.flush();
    write(least, most, body.toByteArray(), out);
  }

  /**
   * What the listening side says before all: that it speaks the protocol. Until it came the
   * dialling side does not know whether it was let in, and says nothing.
   */
  static void call(int least, int most, FrameOutput out) throws IOException {
    write(least, most, new byte[0], out);
  }

  private static void write(int least, int most, byte[] fields, FrameOutput out)
      throws IOException {
    out.i32(MAGIC);
    out.u16(least);
    out.u16(most);
    out.i32(fields.length);
    out.bytes(fields, fields.length);
    out.flush();
  }

  private static void field(FrameOutput out, int tag, byte[] value) throws IOException {
    out.u8(tag);
    out.u16(value.length);
    out.bytes(value, value.length);
  }

  /** Reads what a peer says; allocates {@link #LONGEST} at most. */
  static Hello read(FrameInput in) throws IOException {
    if (in.i32() != MAGIC) {
      throw invalid("it does not speak the link's protocol");
    }
    int least = in.u16();
    int most = in.u16();
    int length = length(in);
    if (least > most) {
      throw invalid("its greeting says versions " + least + " to " + most);
    }
    return new Reader(least, most, new FrameInput(new ByteArrayInputStream(in.bytes(length))))
        .read();
  }

  /** Passes over the listening side's call; its answer says the rest. */
  static void readCall(FrameInput in) throws IOException {
    if (in.i32() != MAGIC) {
      throw invalid("it does not speak the link's protocol");
    }
    in.skip(4);
    in.skip(length(in));
  }

  private static int length(FrameInput in) throws IOException {
    int length = in.i32();
    if (length < 0 || length > LONGEST) {
      throw invalid("its greeting says " + Integer.toUnsignedString(length) + " bytes");
    }
    return length;
  }

  private static LinkRefusedException invalid(String reason) {
    return new LinkRefusedException(
        Cause.INVALID,
        "Cannot talk to the peer: "
            + reason
            + ". Check that the address is that of a Kmesh link, and update the older side.");
  }

  /** Gathers the fields; unknown ones are passed over. */
  private static final class Reader {
    private final int least;
    private final int most;
    private final FrameInput in;
    private String site = "";
    private String instance = "";
    private final Set<String> capabilities = new TreeSet<>();
    private final Set<String> flows = new TreeSet<>();
    private int longestMessage;
    private long orderedWindow;
    private long bulkWindow;
    private String session = "";
    private byte @Nullable [] token;
    private int stream;
    private @Nullable LinkRefusedException refusal;

    Reader(int least, int most, FrameInput in) {
      this.least = least;
      this.most = most;
      this.in = in;
    }

    Hello read() throws IOException {
      while (!in.isAtEnd()) {
        int tag = in.u8();
        field(tag, ByteBuffer.wrap(in.bytes(in.u16())));
      }
      if (refusal == null
          && (site.isEmpty()
              || instance.isEmpty()
              || longestMessage < LEAST_MESSAGE
              || longestMessage > MOST_MESSAGE
              || orderedWindow < LEAST_WINDOW
              || bulkWindow < LEAST_WINDOW
              || stream < 0
              || session.isEmpty() != (token == null))) {
        throw invalid("its greeting lacks what belongs to it, or is out of bounds");
      }
      return new Hello(
          least,
          most,
          site,
          instance,
          capabilities,
          flows,
          longestMessage,
          orderedWindow,
          bulkWindow,
          token == null ? null : new Ticket(session, token),
          stream,
          refusal);
    }

    private void field(int tag, ByteBuffer value) throws LinkRefusedException {
      switch (tag) {
        case SITE -> site = name(value);
        case INSTANCE -> instance = HexFormat.of().formatHex(exactly(value, 16).array());
        case CAPABILITY -> add(capabilities, value);
        case FLOW -> add(flows, value);
        case LONGEST_MESSAGE -> longestMessage = exactly(value, 4).getInt();
        case ORDERED_WINDOW -> orderedWindow = exactly(value, 8).getLong();
        case BULK_WINDOW -> bulkWindow = exactly(value, 8).getLong();
        case SESSION -> session = HexFormat.of().formatHex(exactly(value, 16).array());
        case TOKEN -> token = exactly(value, Ticket.TOKEN_BYTES).array();
        case STREAM -> stream = exactly(value, 4).getInt();
        case REFUSAL -> {
          if (!value.hasRemaining()) {
            throw invalid("its refusal is empty");
          }
          refusal =
              new LinkRefusedException(Cause.of(value.get() & 0xff), text(value, LONGEST_REASON));
        }
        default -> {}
      }
    }

    private static ByteBuffer exactly(ByteBuffer value, int length) throws LinkRefusedException {
      if (value.remaining() != length) {
        throw invalid("its greeting has a field of the wrong length");
      }
      return value;
    }

    private static void add(Set<String> names, ByteBuffer value) throws LinkRefusedException {
      if (names.size() == MOST_NAMES) {
        throw invalid("its greeting names more than " + MOST_NAMES);
      }
      names.add(name(value));
    }

    private static String name(ByteBuffer value) throws LinkRefusedException {
      if (!value.hasRemaining() || value.remaining() > LONGEST_NAME) {
        throw invalid("its greeting has a name of " + value.remaining() + " bytes");
      }
      return text(value, LONGEST_NAME);
    }

    private static String text(ByteBuffer value, int most) throws LinkRefusedException {
      String text;
      try {
        text = StandardCharsets.UTF_8.newDecoder().decode(value).toString();
      } catch (CharacterCodingException e) {
        throw invalid("its greeting has text that is not UTF-8");
      }
      if (text.codePoints().anyMatch(Character::isISOControl)) {
        throw invalid("its greeting has text with control characters");
      }
      return text.substring(0, Math.min(text.length(), most));
    }
  }
}
