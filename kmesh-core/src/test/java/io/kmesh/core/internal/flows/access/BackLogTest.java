// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.flows.access.EditSender.Seen;
import io.kmesh.core.internal.flows.base.Content;
import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileTime;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class BackLogTest {
  private static final PathBytes PATH = PathBytes.of("a/one");
  private static final FileTime TIME = new FileTime(1_600_000_000, 5);
  private static final List<BackLog.Entry> ENTRIES =
      List.of(
          edit(BackLog.Basis.of(Seen.NOTHING), 0),
          edit(
              BackLog.Basis.of(
                  new Seen(new NodeId(0xa0, 7), new Dot(0xa0, 200), new Content(3, TIME))),
              0),
          edit(BackLog.Basis.after(5), 6),
          new BackLog.Done(300, PATH, "", TIME),
          new BackLog.Done(300, PATH, "a/two", TIME),
          new BackLog.Resolved(300),
          new BackLog.Given(300));

  private static BackLog.Edit edit(BackLog.Basis basis, long replaced) {
    return new BackLog.Edit(300, PATH, basis, new Content(4, TIME), 0x01020304, 0640, replaced);
  }

  private static final String[] GOLDEN = {
    "18000000d58a1ea201ac0205612f6f6e65000480c0f0f50b0504030201a00300",
    "39000000360f714301ac0205612f6f6e650100000000000000a0000000000000000700000000000000a0c8010380c0f0f50b050480c0f0f50b0504030201a00300",
    "1900000053b1488b01ac0205612f6f6e6502050480c0f0f50b0504030201a00306",
    "1000000067f9040102ac0205612f6f6e650080c0f0f50b05",
    "15000000bc38761102ac0205612f6f6e6505612f74776f80c0f0f50b05",
    "0300000061a8a73c03ac02",
    "0300000008cc574804ac02"
  };

  @Test
  void frames_areTheGoldenVectors_andReadBack() throws Exception {
    assertThat(HexFormat.of().formatHex(BackLog.head(0xa0)))
        .isEqualTo("4b4d57420000000000000000a0");
    assertThat(BackLog.journal(BackLog.head(0xa0), BackLog.HEAD)).isEqualTo(0xa0);
    for (int i = 0; i < ENTRIES.size(); i++) {
      byte[] frame = BackLog.frame(ENTRIES.get(i));
      assertThat(BackLog.entry(frame, 0, frame.length)).isEqualTo(ENTRIES.get(i));
      assertThat(HexFormat.of().formatHex(frame)).isEqualTo(GOLDEN[i]);
    }
  }

  @Test
  void ticket_isTheGoldenVector_andReadsBack() throws Exception {
    BackTicket ticket = new BackTicket(0xa0, 300, 5, 4, TIME);
    assertThat(HexFormat.of().formatHex(ticket.write()))
        .isEqualTo("00000000000000a0ac02050480c0f0f50b05");
    assertThat(BackTicket.read(ticket.write())).isEqualTo(ticket);
  }

  @Test
  void whatASourceRemembers_isTheGoldenVector() {
    assertThat(HexFormat.of().formatHex(new SourceMemory.Id(0xa0, 300).key()))
        .isEqualTo("00000000000000a0000000000000012c");
    assertThat(
            HexFormat.of()
                .formatHex(SourceMemory.value(new SourceMemory.Made(PATH, true, 0xb0, 300, TIME))))
        .isEqualTo("000105612f6f6e6500000000000000b0ac0280c0f0f50b05");
  }

  @Test
  void journal_ofAnotherForm_isRefused() {
    byte[] newer = BackLog.head(1);
    newer[4] = 1;
    assertThatThrownBy(() -> BackLog.journal(newer, newer.length))
        .isInstanceOf(ProviderException.class)
        .hasMessageContaining("its format is 1");
    assertThatThrownBy(() -> BackLog.journal(newer, 4))
        .isInstanceOf(ProviderException.class)
        .hasMessageContaining("it is none");
  }

  @Test
  void frame_whenCutOrChanged_isNone() {
    for (BackLog.Entry entry : ENTRIES) {
      byte[] frame = BackLog.frame(entry);
      for (int i = 0; i < frame.length; i++) {
        assertThat(BackLog.entry(frame, 0, i)).isNull();
        byte[] flipped = frame.clone();
        flipped[i] ^= 4;
        assertThat(BackLog.entry(flipped, 0, flipped.length)).isNull();
      }
    }
  }

  @Tag("fuzz")
  @Property(tries = 20_000)
  void anyBytes_areAFrameThatReadsBack_orNone(
      @ForAll @Size(max = 60) byte[] body, @ForAll @IntRange(max = 2_000) int flip) {
    BackLog.entry(body, 0, body.length);
    // With a checksum that is right, so that the decoder sees it.
    byte[] known = BackLog.frame(ENTRIES.get(flip % ENTRIES.size()));
    byte[] damaged = Arrays.copyOfRange(known, 8, known.length);
    damaged[flip / 8 % damaged.length] ^= (byte) (1 << flip % 8);
    for (byte[] any : List.of(body, damaged)) {
      byte[] frame = new byte[any.length + 8];
      frame[0] = (byte) any.length;
      int checksum = BackLog.checksum(any, any.length);
      for (int i = 0; i < 4; i++) {
        frame[4 + i] = (byte) (checksum >>> (8 * i));
      }
      System.arraycopy(any, 0, frame, 8, any.length);
      BackLog.Entry entry = BackLog.entry(frame, 0, frame.length);
      if (entry != null) {
        byte[] again = BackLog.frame(entry);
        assertThat(BackLog.entry(again, 0, again.length)).isEqualTo(entry);
      }
    }
  }

  @Tag("fuzz")
  @Property(tries = 20_000)
  void anyBytes_areATicketThatReadsBack_orRefused(@ForAll @Size(max = 40) byte[] value) {
    try {
      BackTicket ticket = BackTicket.read(value);
      assertThat(BackTicket.read(ticket.write())).isEqualTo(ticket);
    } catch (ProviderException e) {
      assertThat(e).hasMessageContaining("what a site says of an edit");
    }
  }
}
