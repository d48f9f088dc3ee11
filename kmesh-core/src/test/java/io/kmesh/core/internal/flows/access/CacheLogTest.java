// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.flows.access.CacheLog.SegmentKey;
import io.kmesh.core.internal.flows.base.Dot;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class CacheLogTest {
  private static final SegmentKey SEGMENT = new SegmentKey(new Dot(0xa0, 300), 2);
  private static final List<CacheLog.Entry> ENTRIES =
      List.of(
          new CacheLog.Kept(SEGMENT, 62, new int[] {0x01020304, -1}),
          new CacheLog.Dropped(SEGMENT));

  @Test
  void frames_areTheGoldenVectors_andReadBack() {
    assertThat(HexFormat.of().formatHex(CacheLog.head())).isEqualTo("4b4d464300");
    for (int i = 0; i < ENTRIES.size(); i++) {
      byte[] frame = CacheLog.frame(ENTRIES.get(i));
      assertThat(HexFormat.of().formatHex(frame)).isEqualTo(GOLDEN[i]);
      assertThat(CacheLog.entry(frame, 0, frame.length)).isEqualTo(ENTRIES.get(i));
    }
  }

  private static final String[] GOLDEN = {
    "1600000055bdad020100000000000000a0ac02023e0204030201ffffffff",
    "0c000000189694c60200000000000000a0ac0202"
  };

  @Test
  void frame_whenCut_isNone() {
    byte[] frame = CacheLog.frame(ENTRIES.get(0));
    for (int i = 0; i < frame.length; i++) {
      assertThat(CacheLog.entry(frame, 0, i)).isNull();
      byte[] flipped = frame.clone();
      flipped[i] ^= 4;
      assertThat(CacheLog.entry(flipped, 0, flipped.length)).isNull();
    }
  }

  @Tag("fuzz")
  @Property(tries = 20_000)
  void anyBytes_areAFrameThatReadsBack_orNone(
      @ForAll @Size(max = 60) byte[] body, @ForAll @IntRange(max = 500) int flip) {
    CacheLog.entry(body, 0, body.length);
    // With a checksum that is right, so that the decoder sees it.
    byte[] known = CacheLog.frame(ENTRIES.get(flip % 2));
    byte[] damaged = Arrays.copyOfRange(known, 8, known.length);
    damaged[flip / 8 % damaged.length] ^= (byte) (1 << flip % 8);
    for (byte[] any : List.of(body, damaged)) {
      byte[] frame = new byte[any.length + 8];
      frame[0] = (byte) any.length;
      int checksum = CacheLog.checksum(any, any.length);
      for (int i = 0; i < 4; i++) {
        frame[4 + i] = (byte) (checksum >>> (8 * i));
      }
      System.arraycopy(any, 0, frame, 8, any.length);
      CacheLog.Entry entry = CacheLog.entry(frame, 0, frame.length);
      if (entry != null) {
        byte[] again = CacheLog.frame(entry);
        assertThat(CacheLog.entry(again, 0, again.length)).isEqualTo(entry);
      }
    }
  }
}
