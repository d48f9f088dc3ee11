// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.grants;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.kmesh.core.internal.flows.grants.GrantRecord.End;
import io.kmesh.core.internal.json.HostileJson;
import io.kmesh.core.internal.json.SpecJson;
import io.kmesh.flows.AuditEntry.Action;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/**
 * The forms of docs/format/flow-grants.md and flow-audit.md: golden vectors; others are refused.
 */
class GrantFormatFuzzTest {
  private static final AuditHead PLACE = new AuditHead(3, "0123456789abcdef".repeat(4));
  private static final GrantBook BOOK =
      new GrantBook(
          1_795_000_000_007L,
          1_795_000_000_000L,
          PLACE,
          List.of(
              new GrantRecord(
                  "00112233445566778899aabbccddeeff",
                  "alice",
                  PathBytes.of("secret/run7"),
                  0,
                  1_795_000_600_000L,
                  1_795_000_000_000L,
                  End.REVOKED,
                  1_795_000_100_000L)));
  private static final AuditRecord RECORD =
      new AuditRecord(
          1_795_000_000_000L, Action.READ, "alice", PathBytes.of("s/d"), "0a", 1, 300, 299, "");

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  @Test
  void theyAreTheGoldenVectors_andReadBack() throws ProviderException {
    assertThat(hex(BOOK.encode())).isEqualTo(GOLDEN_BOOK);
    assertThat(GrantBook.decode(BOOK.encode())).isEqualTo(BOOK);
    AuditFrame.Written written = AuditFrame.write(PLACE, List.of(RECORD));
    assertThat(hex(written.frame())).isEqualTo(GOLDEN_FRAME);
    assertThat(written.after())
        .isEqualTo(
            new AuditHead(4, "7363368eb021b2b7bc1d6fc3774fbe0224ec5f3f4702a1fb84668f2d0bb2d4d7"));
    assertThat(AuditFrame.decode(body(written.frame())))
        .isEqualTo(new AuditFrame(PLACE, List.of(RECORD)));
  }

  private static final String GOLDEN_BOOK =
      "4b4d46470087bcd9f29e3480bcd9f29e34030123456789abcdef0123456789abcdef0123456789ab"
          + "cdef0123456789abcdef012030303131323233333434353536363737383839396161626263636464"
          + "6565666605616c6963650b7365637265742f72756e3700c08bfef29e3480bcd9f29e3402a0c9dff2"
          + "9e34afb5cf0e";
  private static final String GOLDEN_FRAME =
      "3c0000004ff5f834030123456789abcdef0123456789abcdef0123456789abcdef0123456789abcd"
          + "ef010580bcd9f29e3405616c69636503732f6402306101ac02ab0200";

  private static byte[] body(byte[] frame) {
    return Arrays.copyOfRange(frame, AuditFrame.HEAD, frame.length);
  }

  @Test
  void whatIsCut_changed_orOfANewerBuild_isRefused() {
    byte[] book = BOOK.encode();
    for (int i = 0; i < book.length; i++) {
      byte[] cut = Arrays.copyOf(book, i);
      assertThatThrownBy(() -> GrantBook.decode(cut)).isInstanceOf(ProviderException.class);
      byte[] flipped = book.clone();
      flipped[i] ^= 4;
      assertThatThrownBy(() -> GrantBook.decode(flipped)).isInstanceOf(ProviderException.class);
    }
    byte[] newer = book.clone();
    newer[4] = 1;
    assertThatThrownBy(() -> GrantBook.decode(newer))
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.UNSUPPORTED));
    byte[] body = body(AuditFrame.write(PLACE, List.of(RECORD, RECORD)).frame());
    for (int i = 0; i < body.length; i++) {
      byte[] cut = Arrays.copyOf(body, i);
      assertThatThrownBy(() -> AuditFrame.decode(cut)).isInstanceOf(ProviderException.class);
    }
  }

  private static final String TOLD =
      "{\"format\":0,\"revision\":1795000000007,\"grants\":[{\"id\":\"00112233445566778899aabbccddeeff\","
          + "\"who\":\"alice\",\"path\":\"7365637265742f72756e37\",\"from\":0,"
          + "\"until\":1795000600000,\"given\":1795000000000}]}";

  @Test
  void whatSitesTell_isTheGoldenVector_andReadsBack() throws Exception {
    GrantsJson.Told told = GrantsJson.read(SpecJson.tree(TOLD.getBytes(UTF_8)));
    assertThat(told.grants()).extracting(GrantRecord::who).containsExactly("alice");
    assertThat(new String(SpecJson.encode(GrantsJson.write(told.revision(), told.grants())), UTF_8))
        .isEqualTo(TOLD);
  }

  @Tag("fuzz")
  @Property(tries = 3_000)
  void damagedList_isOneThatReadsBack_orRefused(@ForAll long seed) throws ProviderException {
    JsonNode json;
    try {
      json = SpecJson.tree(HostileJson.damage(TOLD, seed));
    } catch (IOException e) {
      return; // refused by the line
    }
    try {
      GrantsJson.Told read = GrantsJson.read(json);
      assertThat(GrantsJson.read(GrantsJson.write(read.revision(), read.grants()))).isEqualTo(read);
    } catch (ProviderException e) {
      assertThat(e).hasMessageContaining("Cannot take the grants of a flow");
    }
  }

  @Tag("fuzz")
  @Property
  void anyBytes_areReadOrRefused(@ForAll @Size(max = 200) byte[] bytes) {
    try {
      AuditFrame.decode(bytes);
    } catch (ProviderException e) {
      assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPT);
    }
    byte[] body = Arrays.copyOf(new byte[] {'K', 'M', 'F', 'G', 0}, 9 + bytes.length);
    System.arraycopy(bytes, 0, body, 5, bytes.length);
    int sum = AuditFrame.checksum(body, 0, body.length - 4);
    for (int i = 0; i < 4; i++) {
      body[body.length - 4 + i] = (byte) (sum >>> (8 * i));
    }
    try {
      GrantBook.decode(body);
    } catch (ProviderException e) {
      assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPT);
    }
  }
}
