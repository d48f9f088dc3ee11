// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.engine.WorkCodec;
import io.kmesh.engine.WorkPlace;
import io.kmesh.engine.WorkResult;
import io.kmesh.engine.WorkUnit;
import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.key.KeyReference;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class WorkFormatTest {
  private static final String UNIT =
      "4b4d5755000002613100036c6162010003642f66000000000000000500000000"
          + "0000000a00000000000000140004636b70740400016b00017500000003000000"
          + "0000000000000100036a6f62ef042b98";
  private static final String RESULT =
      "4b4d5752000002613100000000000000140102030400016500000006ed6bbe";

  static final WorkUnit GOLDEN_UNIT =
      new WorkUnit(
          "a1",
          "lab",
          new WorkPlace.AtPath(PathBytes.of("d/f")),
          5,
          10,
          20,
          "ckpt",
          new WorkPlace.AtPart("k", "u", 3),
          0,
          List.of(new KeyReference("job")));
  static final WorkResult GOLDEN_RESULT = new WorkResult("a1", 20, 0x01020304, "e", null, "");

  @Test
  void encode_whenGoldenVectors_isAsTheFormatSays() throws Exception {
    assertThat(HexFormat.of().formatHex(WorkCodec.encode(GOLDEN_UNIT))).isEqualTo(UNIT);
    assertThat(HexFormat.of().formatHex(WorkCodec.encode(GOLDEN_RESULT))).isEqualTo(RESULT);
    assertThat(WorkCodec.decodeUnit(HexFormat.of().parseHex(UNIT))).isEqualTo(GOLDEN_UNIT);
    assertThat(WorkCodec.decodeResult(HexFormat.of().parseHex(RESULT))).isEqualTo(GOLDEN_RESULT);
  }

  @Test
  void decode_whenEveryPlaceAndError_comesBack() throws Exception {
    for (WorkPlace from :
        List.of(
            new WorkPlace.AtFid(new Fid(-1, -2, -3)),
            new WorkPlace.AtKey("k/é", "\"e\""),
            new WorkPlace.AtPath(PathBytes.of(new byte[] {(byte) 0xff, '\n'})))) {
      WorkUnit unit =
          new WorkUnit(
              "a",
              "s",
              from,
              -1,
              0,
              Long.MAX_VALUE,
              "t",
              new WorkPlace.AtFid(Fid.ZERO),
              7,
              List.of());
      assertThat(WorkCodec.decodeUnit(WorkCodec.encode(unit))).isEqualTo(unit);
    }
    for (ErrorKind kind : ErrorKind.values()) {
      WorkResult result = new WorkResult("a", 1, -1, "", kind, "why");
      assertThat(WorkCodec.decodeResult(WorkCodec.encode(result))).isEqualTo(result);
    }
  }

  @Test
  void decode_whenCutOrFlipped_isRefused() {
    for (byte[] golden : List.of(WorkCodec.encode(GOLDEN_UNIT), WorkCodec.encode(GOLDEN_RESULT))) {
      for (int i = 0; i < golden.length; i++) {
        refused(Arrays.copyOf(golden, i));
        byte[] flipped = golden.clone();
        flipped[i] ^= (byte) (1 << (i % 8));
        refused(flipped);
      }
    }
  }

  @Property(tries = 2000)
  void decode_whenAnyBytesWithARightChecksum_givesAUnitOrRefuses(@ForAll byte[] bytes) {
    byte[] framed = WorkCodec.encode(GOLDEN_UNIT);
    framed = Arrays.copyOf(framed, 5 + bytes.length + 4);
    System.arraycopy(bytes, 0, framed, 5, bytes.length);
    java.util.zip.CRC32C crc = new java.util.zip.CRC32C();
    crc.update(framed, 0, framed.length - 4);
    java.nio.ByteBuffer.wrap(framed).putInt(framed.length - 4, (int) crc.getValue());
    try {
      assertThat(WorkCodec.encode(WorkCodec.decodeUnit(framed))).isEqualTo(framed);
    } catch (ProviderException e) {
      assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPT);
    }
  }

  private static void refused(byte[] bytes) {
    for (boolean isUnit : new boolean[] {true, false}) {
      try {
        Object value = isUnit ? WorkCodec.decodeUnit(bytes) : WorkCodec.decodeResult(bytes);
        throw new AssertionError("accepted " + value);
      } catch (ProviderException e) {
        assertThat(e.kind()).isIn(ErrorKind.CORRUPT, ErrorKind.UNSUPPORTED);
      }
    }
  }
}
