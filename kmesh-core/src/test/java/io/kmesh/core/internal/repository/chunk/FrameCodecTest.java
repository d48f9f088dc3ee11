// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.chunk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** Frames' content made small and whole again, and what tells how. */
class FrameCodecTest {
  private static FrameCodec codec;

  @BeforeContainer
  static void open() throws ProviderException {
    codec = new FrameCodec();
  }

  @AfterContainer
  static void close() {
    codec.close();
    codec.close();
  }

  @Provide
  Arbitrary<Integer> strides() {
    return Arbitraries.of(1, 2, 4, 8);
  }

  @Property(tries = 500)
  void encode_anyContent_decodesToIt(
      @ForAll @Size(max = 2000) byte[] piece,
      @ForAll @IntRange(min = 1, max = 20) int times,
      @ForAll @IntRange(max = 9) int offset,
      @ForAll("strides") int stride,
      @ForAll DataClass dataClass)
      throws ProviderException {
    byte[] all = new byte[offset + piece.length * times + 2];
    for (int i = 0; i < times; i++) {
      System.arraycopy(piece, 0, all, offset + i * piece.length, piece.length);
    }
    int length = piece.length * times;
    EncodedFrame frame = codec.encode(all, offset, length, new Coding(dataClass, stride));
    assertThat(frame.length()).isLessThanOrEqualTo(length);
    byte[] body =
        Arrays.copyOfRange(frame.bytes(), frame.offset(), frame.offset() + frame.length());
    byte[] content = codec.decode(frame.codec(), frame.stride(), body, 0, body.length, length);
    assertThat(content).isEqualTo(Arrays.copyOfRange(all, offset, offset + length));
  }

  @Example
  void encode_noise_isStoredWithoutACopy() throws ProviderException {
    byte[] noise = random(1 << 20);
    for (int stride : new int[] {1, 4}) {
      EncodedFrame frame = codec.encode(noise, 5, 100_000, new Coding(DataClass.NUMERIC, stride));
      assertThat(frame.codec()).isEqualTo(FrameCodec.STORED);
      assertThat(frame.stride()).isEqualTo(1);
      assertThat(frame.bytes()).isSameAs(noise);
      assertThat(frame.offset()).isEqualTo(5);
      assertThat(frame.length()).isEqualTo(100_000);
    }
  }

  @Example
  void encode_aGainOfLessThanA64th_isStored() throws ProviderException {
    byte[] almost = random(64_000);
    Arrays.fill(almost, 0, 900, (byte) 0);
    assertThat(codec.encode(almost, 0, almost.length, Coding.BINARY).codec()).isZero();
    Arrays.fill(almost, 0, 2000, (byte) 0);
    assertThat(codec.encode(almost, 0, almost.length, Coding.BINARY).codec()).isOne();
  }

  @Example
  void encode_floats_withTheFilterIsSmaller() throws ProviderException {
    byte[] floats = floats(1 << 18);
    int plain = codec.encode(floats, 0, floats.length, Coding.BINARY).length();
    Coding coding = codec.probe().probe(floats, 0, floats.length);
    assertThat(codec.encode(floats, 0, floats.length, coding).length()).isLessThan(plain * 4 / 5);
  }

  @Example
  void encode_tooMuchOrPastTheArray_isRefused() {
    byte[] content = new byte[FrameCodec.LARGEST_CONTENT + 1];
    assertThatThrownBy(() -> codec.encode(content, 0, content.length, Coding.BINARY))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("16777217");
    assertThatThrownBy(() -> codec.encode(content, 10, content.length, Coding.BINARY))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> new Coding(DataClass.NUMERIC, 3))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Example
  void decode_whatIsNotKnownOrNotOfTheLength_isRefused() {
    byte[] body = new byte[100];
    assertRefused(ErrorKind.UNSUPPORTED, () -> codec.decode(2, 1, body, 0, 100, 100));
    assertRefused(ErrorKind.UNSUPPORTED, () -> codec.decode(255, 1, body, 0, 100, 100));
    assertRefused(ErrorKind.UNSUPPORTED, () -> codec.decode(0, 0, body, 0, 100, 100));
    assertRefused(ErrorKind.UNSUPPORTED, () -> codec.decode(1, 3, body, 0, 100, 100));
    assertRefused(ErrorKind.CORRUPT, () -> codec.decode(0, 1, body, 0, 100, 99));
    assertRefused(ErrorKind.CORRUPT, () -> codec.decode(0, 1, body, 0, 100, -1));
    assertRefused(ErrorKind.CORRUPT, () -> codec.decode(1, 1, body, 0, 100, 1 << 30));
    assertRefused(ErrorKind.CORRUPT, () -> codec.decode(1, 1, body, 0, 100, 100));
    assertRefused(ErrorKind.CORRUPT, () -> codec.decode(1, 8, body, 0, 0, 100));
  }

  @Tag("fuzz")
  @Property(tries = 3_000)
  void decode_anyFrame_isContentOfTheLength_orRefused(
      @ForAll long seed,
      @ForAll @IntRange(max = 3) int codecByte,
      @ForAll @IntRange(max = 9) int stride,
      @ForAll @IntRange(min = -10, max = 4000) int contentLength)
      throws ProviderException {
    Random random = new Random(seed);
    byte[] content = new byte[random.nextInt(4000)];
    for (int i = 0; i < content.length; i++) {
      content[i] = (byte) random.nextInt(4);
    }
    EncodedFrame frame = codec.encode(content, 0, content.length, Coding.BINARY);
    byte[] body =
        Arrays.copyOfRange(frame.bytes(), frame.offset(), frame.offset() + frame.length());
    for (int i = random.nextInt(4); i > 0 && body.length > 0; i--) {
      body[random.nextInt(body.length)] = (byte) random.nextInt();
    }
    int length = random.nextBoolean() ? content.length : contentLength;
    try {
      assertThat(codec.decode(codecByte, stride, body, 0, body.length, length)).hasSize(length);
    } catch (ProviderException e) {
      assertThat(e.kind()).isIn(ErrorKind.CORRUPT, ErrorKind.UNSUPPORTED);
      assertThat(e).hasMessageStartingWith("Cannot ");
    }
  }

  @Example
  void probe_knowsWhatContentIsLike() throws ProviderException {
    assertProbe(random(200_000), DataClass.INCOMPRESSIBLE, 1);
    assertProbe(floats(50_000), DataClass.NUMERIC, 4);
    ByteBuffer doubles = ByteBuffer.allocate(200_000).order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer shorts = ByteBuffer.allocate(200_000).order(ByteOrder.LITTLE_ENDIAN);
    Random random = new Random(5);
    for (int i = 0; doubles.hasRemaining(); i++) {
      doubles.putDouble(1e5 + 1e3 * Math.sin(i / 300.0));
    }
    for (int i = 0; shorts.hasRemaining(); i++) {
      shorts.putShort((short) (1000 * Math.sin(i / 100.0) + random.nextGaussian() * 40));
    }
    assertProbe(doubles.array(), DataClass.NUMERIC, 8);
    assertProbe(shorts.array(), DataClass.NUMERIC, 2);
    StringBuilder text = new StringBuilder();
    while (text.length() < 100_000) {
      text.append("Zeile ")
          .append(random.nextInt(1000))
          .append(" für ")
          .append(random.nextInt(9))
          .append('\n');
    }
    byte[] utf8 = text.toString().getBytes(StandardCharsets.UTF_8);
    assertProbe(utf8, DataClass.TEXT, 1);
    utf8[50_000] = 0;
    assertProbe(utf8, DataClass.BINARY, 1);
    assertProbe(new byte[100_000], DataClass.BINARY, 1);
    assertProbe(new byte[0], DataClass.BINARY, 1);
    assertProbe(random(1023), DataClass.BINARY, 1);
    assertProbe(random(1024), DataClass.INCOMPRESSIBLE, 1);
    assertProbe(floats(300), DataClass.NUMERIC, 4);
  }

  @Example
  void fileClass_probesAgainAfter16Chunks_andWhenAChunkCameOutLarger() throws ProviderException {
    byte[] noise = random(100_000);
    byte[] floats = floats(25_000);
    FileClass file = new FileClass(codec.probe());
    assertThat(file.next(noise, 0, noise.length).dataClass()).isEqualTo(DataClass.INCOMPRESSIBLE);
    for (int i = 0; i < 15; i++) {
      file.encoded(100, 100);
      assertThat(file.next(floats, 0, floats.length).stride()).isEqualTo(1);
    }
    assertThat(file.next(floats, 0, floats.length).stride()).isEqualTo(4);
    file.encoded(100, 50);
    assertThat(file.next(noise, 0, noise.length).stride()).isEqualTo(4);
    file.encoded(100, 57);
    assertThat(file.next(noise, 0, noise.length).stride()).isEqualTo(4);
    file.encoded(100, 60);
    assertThat(file.next(noise, 0, noise.length).dataClass()).isEqualTo(DataClass.INCOMPRESSIBLE);
  }

  private static void assertProbe(byte[] content, DataClass dataClass, int stride)
      throws ProviderException {
    assertThat(codec.probe().probe(content, 0, content.length))
        .isEqualTo(new Coding(dataClass, stride));
  }

  private static byte[] random(int length) {
    byte[] bytes = new byte[length];
    new Random(1).nextBytes(bytes);
    return bytes;
  }

  private static byte[] floats(int items) {
    Random random = new Random(2);
    ByteBuffer floats = ByteBuffer.allocate(4 * items).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < items; i++) {
      floats.putFloat((float) (300 + 20 * Math.sin(i / 500.0) + 0.01 * random.nextGaussian()));
    }
    return floats.array();
  }

  private static void assertRefused(ErrorKind kind, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(ProviderException.class, e -> assertThat(e.kind()).isEqualTo(kind))
        .hasMessageStartingWith("Cannot ");
  }
}
