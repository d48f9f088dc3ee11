// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.link;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.flows.link.LinkRefusedException.Cause;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** The wire's form, docs/format/flow-link.md. */
class LinkFormatTest {
  private static final Hello OFFER =
      new Hello(
          0,
          0,
          "lab",
          Link.ONE,
          Set.of("zstd"),
          Set.of("job42"),
          1 << 16,
          1 << 17,
          1 << 18,
          null,
          0,
          null);

  private static final String OFFER_HEX =
      "4b4d4c4b00000000000000450100036c616202001000000000000000000000000000000001030004"
          + "7a7374640400056a6f62343205000400010000060008000000000002000007000800000000000400"
          + "00";
  private static final String FRAMES_HEX =
      "020200000000000d000000000000000768656c6c6f03000000000000150000000000000003000000"
          + "00000000000005000102060000000000001900000002000000000000000300000000000000000005"
          + "00010204010000000000200000000000000001000000000000000200000000000000030000000000"
          + "000004050000000000000400000002080000000000000701636c6f736564";

  @FunctionalInterface
  interface Writing {
    void to(FrameOutput out) throws IOException;
  }

  static byte[] bytes(Writing writing) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    FrameOutput out = new FrameOutput(bytes);
    writing.to(out);
    out.flush();
    assertThat(out.written()).isEqualTo(bytes.size());
    return bytes.toByteArray();
  }

  private static FrameInput in(byte[] bytes) {
    return new FrameInput(new ByteArrayInputStream(bytes));
  }

  private static byte[] frames() throws IOException {
    IdSet ordered = new IdSet(3, new byte[0]);
    IdSet bulk = new IdSet(5, new byte[] {2});
    return bytes(
        out -> {
          out.head(Frame.BULK, Frame.LAST, 13);
          out.i64(7);
          out.bytes("hello".getBytes(UTF_8), 5);
          out.head(Frame.ACK, 0, Frame.bytes(ordered) + Frame.bytes(bulk));
          out.set(ordered);
          out.set(bulk);
          out.head(Frame.ARRIVED, 0, 4 + Frame.bytes(ordered) + Frame.bytes(bulk));
          out.i32(2);
          out.set(ordered);
          out.set(bulk);
          out.head(Frame.PING, Frame.BUSY, 32);
          out.i64(1);
          out.i64(2);
          out.i64(3);
          out.i64(4);
          out.head(Frame.CUT, 0, 4);
          out.i32(2);
          Goodbye.write(out, Goodbye.CLOSED, "closed");
        });
  }

  @Test
  void offer_isTheGoldenVector_andReadsBack() throws IOException {
    byte[] bytes = bytes(OFFER::write);
    assertThat(HexFormat.of().formatHex(bytes)).isEqualTo(OFFER_HEX);
    assertThat(Hello.read(in(bytes))).isEqualTo(OFFER);
  }

  @Test
  void answerAndRefusal_readBack() throws IOException {
    Hello answer =
        new Hello(
            0,
            3,
            "bürst",
            Link.TWO,
            Set.of("zstd", "later"),
            Set.of(),
            1 << 20,
            1 << 21,
            1 << 22,
            new Ticket(Link.ONE, new byte[32]),
            9,
            null);
    assertThat(Hello.read(in(bytes(answer::write)))).isEqualTo(answer);
    Hello refusal = Hello.refusal(1, 2, new LinkRefusedException(Cause.BUSY, "x".repeat(2000)));
    Hello read = Hello.read(in(bytes(refusal::write)));
    assertThat(read.refusal()).hasMessage("x".repeat(1000));
    assertThat(read.refusal().why()).isEqualTo(Cause.BUSY);
    assertThat(read.most()).isEqualTo(2);
  }

  @Test
  void frames_areTheGoldenVector_andReadBack() throws IOException {
    byte[] bytes = frames();
    assertThat(HexFormat.of().formatHex(bytes)).isEqualTo(FRAMES_HEX);
    FrameInput in = in(bytes);
    assertThat(read(in)).isEqualTo(new Frame(Frame.BULK, Frame.LAST, 13));
    assertThat(in.i64()).isEqualTo(7);
    assertThat(in.bytes(5)).asString(UTF_8).isEqualTo("hello");
    assertThat(read(in).type()).isEqualTo(Frame.ACK);
    assertThat(Frame.set(in)).isEqualTo(new IdSet(3, new byte[0]));
    IdSet bulk = Frame.set(in);
    assertThat(bulk.contains(5)).isTrue();
    assertThat(bulk.contains(6)).isFalse();
    assertThat(bulk.contains(7)).isTrue();
    assertThat(bulk.highest()).isEqualTo(7);
  }

  private static Frame read(FrameInput in) throws IOException {
    Frame frame = Frame.read(in);
    frame.check(1 << 16);
    return frame;
  }

  @Test
  void frame_wrongLength_isRefusedBeforeAnythingIsAllocated() {
    int[][] wrong = {
      {Frame.ORDERED, 0, 7},
      {Frame.ORDERED, 0, 9 + (1 << 16)},
      {Frame.BULK, Frame.PACKED, 11},
      {Frame.BULK, 0, Integer.MAX_VALUE},
      {Frame.BULK, 0, -1},
      {Frame.ACK, 0, 19},
      {Frame.ACK, 0, Frame.LONGEST_CONTROL + 1},
      {Frame.PING, 0, 31},
      {Frame.CUT, 0, 5},
      {Frame.ARRIVED, 0, 23},
      {Frame.LEAVE, 0, 1},
      {Frame.GOODBYE, 0, 0},
      {77, 0, 0},
      {77, Frame.SKIPPABLE, Frame.LONGEST_CONTROL + 1},
    };
    for (int[] w : wrong) {
      assertThatThrownBy(() -> new Frame(w[0], w[1], w[2]).check(1 << 16))
          .as(Arrays.toString(w))
          .isInstanceOf(LinkViolation.class);
    }
  }

  @Test
  void window_numbersInAnyOrder_keepsWhatCame_andAdmitsNoFurther() {
    IdWindow window = new IdWindow();
    assertThat(window.admits(0)).isFalse();
    assertThat(window.admits(-5)).isFalse();
    assertThat(window.admits(IdWindow.SPREAD)).isTrue();
    assertThat(window.admits(IdWindow.SPREAD + 1L)).isFalse();
    for (long id = 2; id <= 3L * IdWindow.SPREAD; id += 2) {
      assertThat(window.add(id)).isTrue();
      assertThat(window.add(id)).isFalse();
      assertThat(window.set().contains(id - 1)).isFalse();
      assertThat(window.add(id - 1)).isTrue();
      if (id % 4096 == 0) {
        assertThat(window.set()).isEqualTo(new IdSet(id, new byte[0]));
      }
    }
    assertThat(window.admits(Long.MAX_VALUE)).isFalse();
  }

  @Property(tries = 200)
  void window_anyNumbers_isTheSetOfThem(
      @ForAll @Size(max = 60) Set<@IntRange(min = 1, max = 70) Integer> ids) {
    IdWindow window = new IdWindow();
    ids.forEach(id -> assertThat(window.add(id)).isTrue());
    IdSet set = window.set();
    for (int id = 1; id <= 80; id++) {
      assertThat(set.contains(id)).isEqualTo(ids.contains(id));
      assertThat(window.contains(id)).isEqualTo(ids.contains(id));
    }
    assertThat(set.highest()).isEqualTo(ids.stream().mapToInt(i -> i).max().orElse(0));
  }

  @Tag("fuzz")
  @Property(tries = 3_000)
  void hello_damaged_isAValueOrRefused(
      @ForAll @IntRange(max = 120) int at, @ForAll byte value, @ForAll @IntRange(max = 130) int cut)
      throws IOException {
    byte[] bytes = bytes(OFFER::write);
    bytes[at % bytes.length] = value;
    try {
      Hello read = Hello.read(in(Arrays.copyOf(bytes, Math.min(cut, bytes.length))));
      assertThat(read.refusal() != null || !read.site().isEmpty()).isTrue();
    } catch (LinkRefusedException e) {
      assertThat(e.getMessage()).startsWith("Cannot talk to the peer").hasSizeLessThan(500);
    } catch (EOFException e) {
      assertThat(e).hasMessageContaining("ended inside");
    }
  }
}
