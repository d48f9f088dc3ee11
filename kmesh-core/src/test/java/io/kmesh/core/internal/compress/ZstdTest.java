// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** Frames of zstd: round trips, bounds, damage. */
class ZstdTest {
  private static ZstdPacker packer;
  private static ZstdOpener opener;

  @BeforeContainer
  static void open() throws ProviderException {
    packer = new ZstdPacker();
    opener = new ZstdOpener();
  }

  @AfterContainer
  static void close() {
    packer.close();
    packer.close();
    opener.close();
    opener.close();
  }

  @Property(tries = 300)
  void pack_anyContentAtAnyLevel_opensToIt(
      @ForAll @Size(max = 3000) byte[] piece,
      @ForAll @IntRange(min = 1, max = 80) int times,
      @ForAll @IntRange(min = -5, max = 9) int level)
      throws ProviderException {
    byte[] content = new byte[piece.length * times];
    for (int i = 0; i < times; i++) {
      System.arraycopy(piece, 0, content, i * piece.length, piece.length);
    }
    byte[] frame = packer.pack(level, content);
    assertThat(opener.open(frame, 0, frame.length, content.length)).isEqualTo(content);
    assertThat(opener.openAtMost(frame, 0, frame.length, content.length)).isEqualTo(content);
  }

  @Property(tries = 500)
  void bound_isThatOfZstd(@ForAll @IntRange(min = 0, max = 20 << 20) int length) {
    assertThat(ZstdPacker.bound(length)).isEqualTo((int) ZstdPacker.nativeBound(length));
  }

  @Example
  void pack_intoTooLittleSpace_isRefusedBeforeAnythingIsWritten() {
    byte[] into = new byte[100];
    assertThatThrownBy(() -> packer.pack(1, new byte[100], 0, 100, into, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("100 are too few");
    assertThat(into).containsOnly(0);
  }

  @Example
  void pack_pastTheArrayOrAfterClose_isRefused() throws ProviderException {
    assertThatThrownBy(() -> packer.pack(1, new byte[10], 5, 6, new byte[1000], 0))
        .isInstanceOf(IndexOutOfBoundsException.class);
    ZstdPacker closed = new ZstdPacker();
    closed.close();
    assertThatThrownBy(() -> closed.pack(1, new byte[10]))
        .isInstanceOf(IllegalStateException.class);
  }

  @Example
  void open_anotherLengthThanExpected_isCorrupt() throws ProviderException {
    byte[] frame = packer.pack(1, new byte[1 << 20]);
    assertCorrupt(() -> opener.open(frame, 0, frame.length, (1 << 20) - 1));
    assertCorrupt(() -> opener.open(frame, 0, frame.length, (1 << 20) + 1));
    assertCorrupt(() -> opener.openAtMost(frame, 0, frame.length, (1 << 20) - 1));
    assertCorrupt(() -> opener.open(frame, 0, 0, 1));
    assertCorrupt(() -> opener.openAtMost(frame, 0, 0, 10));
  }

  @Example
  void open_aFrameThatClaimsTheWorld_allocatesNothing() {
    // Magic, single segment with a content's size of 8 bytes, 2^62; then one empty last block.
    byte[] bomb = {
      0x28, (byte) 0xb5, 0x2f, (byte) 0xfd, (byte) 0xe0, 0, 0, 0, 0, 0, 0, 0, 0x40, 1, 0, 0
    };
    assertCorrupt(() -> opener.open(bomb, 0, bomb.length, 10));
    assertCorrupt(() -> opener.openAtMost(bomb, 0, bomb.length, Integer.MAX_VALUE));
  }

  @Tag("fuzz")
  @Property(tries = 3_000)
  void open_damaged_isSomeContentOfTheLength_orCorrupt(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 5) int damages) throws ProviderException {
    Random random = new Random(seed);
    byte[] content = new byte[random.nextInt(3000)];
    for (int i = 0; i < content.length; i++) {
      content[i] = (byte) random.nextInt(1 + random.nextInt(60));
    }
    byte[] frame = packer.pack(3, content);
    for (int i = 0; i < damages; i++) {
      frame[random.nextInt(frame.length)] ^= (byte) (1 << random.nextInt(8));
    }
    byte[] cut =
        Arrays.copyOf(frame, random.nextBoolean() ? frame.length : random.nextInt(frame.length));
    byte[] into = new byte[content.length + 20];
    try {
      opener.open(cut, 0, cut.length, into, 10, content.length);
    } catch (ProviderException e) {
      assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPT);
    }
    assertThat(Arrays.copyOf(into, 10)).containsOnly(0);
    assertThat(Arrays.copyOfRange(into, content.length + 10, into.length)).containsOnly(0);
    try {
      assertThat(opener.openAtMost(cut, 0, cut.length, 5000).length).isLessThanOrEqualTo(5000);
    } catch (ProviderException e) {
      assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPT);
    }
  }

  @Tag("fuzz")
  @Property(tries = 3_000)
  void open_anyBytes_isContent_orCorrupt(@ForAll @Size(max = 200) byte[] bytes) {
    byte[] frame = new byte[bytes.length + 4];
    System.arraycopy(new byte[] {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd}, 0, frame, 0, 4);
    System.arraycopy(bytes, 0, frame, 4, bytes.length);
    try {
      assertThat(opener.openAtMost(frame, 0, frame.length, 1 << 16).length)
          .isLessThanOrEqualTo(1 << 16);
    } catch (ProviderException e) {
      assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPT);
    }
  }

  private static void assertCorrupt(ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPT))
        .hasMessageStartingWith("Cannot open a zstd frame");
  }
}
