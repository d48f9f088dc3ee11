// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.CurrentAction;
import io.kmesh.lustre.Extent;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.lustre.HsmState;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.HsmRequest;
import io.kmesh.spi.lustre.ImportAttributes;
import io.kmesh.spi.posix.FileTime;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** States, actions, requests, progress and imports: golden bytes and captured ones. */
class HsmStructsTest {
  private static final Fid FID = Fid.parse("[0x200000401:0x5:0x0]");

  private static ByteBuffer hex(String digits) {
    return ByteBuffer.wrap(HexFormat.of().parseHex(digits));
  }

  @Test
  void state_ofGoldenBytes() throws Exception {
    HsmState state =
        HsmStructs.state(ByteBuffer.wrap(Reference.hex(fixture("hsm_user_state"), "hex")));
    assertThat(state).isEqualTo(new HsmState(13, ArchiveId.of(3)));
  }

  private static Map<String, Object> fixture(String name) {
    return Reference.fixtures(name).get(0);
  }

  @Test
  void stateAndAction_ofEachPointOfALife_areWhatLfsPrinted() throws Exception {
    List<Object> states = Json.list(Json.parse(Reference.text("vectors/hsm/states.json")));
    assertThat(states).hasSize(29);
    for (Object o : states) {
      Map<String, Object> point = Json.map(o);
      String path = point.get("path") + ": ";
      HsmState state = HsmStructs.state(hex((String) point.get("hus_hex")));
      assertThat(path + state).isEqualTo(point.get("lfs_hsm_state"));
      CurrentAction action = HsmStructs.currentAction(hex((String) point.get("hca_hex")));
      String printed = (String) point.get("lfs_hsm_action");
      Map<String, Object> api = Json.map(point.get("api"));
      if (action.phase() == CurrentAction.Phase.RUNNING) {
        assertThat(action.bytesDone()).isEqualTo(Json.bits(api.get("hca_len")));
        // lfs asked a moment before or after.
        printed = printed.replaceAll("\\(\\d+ bytes", "(" + action.bytesDone() + " bytes");
      }
      assertThat(path + action).isEqualTo(printed);
    }
  }

  @Test
  void state_keepsUnknownFlags() throws Exception {
    HsmState state = HsmStructs.state(hex("01020080" + "01000000" + "00".repeat(24)));
    assertThat(state.bits()).isEqualTo(0x80000201);
    assertThat(state).hasToString("(0x80000201) exists unknown:0x80000200, archive_id:1");
  }

  @Test
  void state_whenCutOrOfAHugeArchive_isRefused() {
    assertThatThrownBy(() -> HsmStructs.state(hex("00".repeat(31))))
        .isInstanceOf(ProviderException.class)
        .hasMessageContaining("31 bytes of at least 32");
    assertThatThrownBy(() -> HsmStructs.state(hex("00000000ffffffff" + "00".repeat(24))))
        .hasMessageContaining("archive id is 4294967295");
    assertThatThrownBy(() -> HsmStructs.currentAction(hex("00".repeat(23))))
        .hasMessageContaining("23 bytes of at least 24");
  }

  @Test
  void currentAction_ofANewerRelease_isNotIdle() throws Exception {
    CurrentAction action =
        HsmStructs.currentAction(hex("0200000063000000" + "00".repeat(8) + "0500000000000000"));
    assertThat(action.phase()).isEqualTo(CurrentAction.Phase.RUNNING);
    assertThat(action.action()).isEmpty();
    assertThatThrownBy(() -> HsmStructs.currentAction(hex("090000000a000000" + "00".repeat(16))))
        .hasMessageContaining("its state is 9");
  }

  @Test
  void requests_areTheGoldenBytes() throws Exception {
    Map<String, Object> fixture = fixture("hsm_user_request");
    HsmRequest request =
        new HsmRequest(
            HsmActionKind.ARCHIVE,
            ArchiveId.of(2),
            List.of(Fid.parse("[0x200000401:0x1:0x0]"), Fid.parse("[0x200000401:0x2:0x0]")),
            "abc".getBytes(StandardCharsets.UTF_8));
    assertThat(HsmStructs.requests(request, AbiConstants.HSM_FORCE_ACTION))
        .containsExactly(Reference.hex(fixture, "hex"));
  }

  private static List<Fid> fids(int count) {
    List<Fid> fids = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      fids.add(new Fid(0x200000401L, i + 1, 0));
    }
    return fids;
  }

  @Property(tries = 200)
  void requests_ofAnySize_areSplitBelowTheLimit_andLoseNothing(
      @ForAll @IntRange(max = 400) int count,
      @ForAll @IntRange(max = HsmStructs.MOST_PAYLOAD) int payload)
      throws ProviderException {
    byte[] data = new byte[payload];
    Arrays.fill(data, (byte) 7);
    HsmRequest request = new HsmRequest(HsmActionKind.RESTORE, ArchiveId.ANY, fids(count), data);
    List<Fid> found = new ArrayList<>();
    for (byte[] part : HsmStructs.requests(request, 0)) {
      assertThat(part.length).isLessThan(HsmStructs.REQUEST_LIMIT);
      ByteBuffer in = ByteBuffer.wrap(part).order(ByteOrder.LITTLE_ENDIAN);
      int items = in.getInt(Abi.HsmRequest.HR_ITEMCOUNT);
      assertThat(items).isPositive();
      assertThat(in.getInt(Abi.HsmRequest.HR_ACTION)).isEqualTo(AbiConstants.HUA_RESTORE);
      assertThat(part).hasSize(24 + 32 * items + payload).endsWith(data);
      for (int i = 0; i < items; i++) {
        found.add(Wire.fid(in, 24 + 32 * i));
        assertThat(Wire.extent(in, 24 + 32 * i + 16)).isEqualTo(Extent.WHOLE_FILE);
      }
    }
    assertThat(found).isEqualTo(request.fids());
  }

  @Test
  void requests_withoutPayload_have52FilesAtMost() throws Exception {
    HsmRequest request = HsmRequest.of(HsmActionKind.ARCHIVE, ArchiveId.of(1), fids(53));
    assertThat(HsmStructs.requests(request, 0))
        .extracting(part -> part.length)
        .containsExactly(24 + 32 * 52, 24 + 32);
  }

  @Test
  void requests_withAPayloadThatLeavesNoRoom_areRefused() {
    HsmRequest request =
        new HsmRequest(
            HsmActionKind.ARCHIVE, ArchiveId.of(1), fids(1), new byte[HsmStructs.MOST_PAYLOAD + 1]);
    assertThatThrownBy(() -> HsmStructs.requests(request, 0))
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID))
        .hasMessageContaining("1650 bytes. Give at most 1649");
  }

  @Test
  void progress_isTheGoldenBytes() {
    assertThat(HsmStructs.progress(FID, 0x1234, new Extent(1 << 20, 2 << 20), 2, 5))
        .isEqualTo(Reference.hex(fixture("hsm_progress"), "hex"));
  }

  @Test
  void importStub_putsEachFieldInItsPlace() throws Exception {
    ImportAttributes attributes =
        new ImportAttributes(
            04755,
            4_000_000_000L,
            100,
            1L << 40,
            new FileTime(-1, 999_999_999),
            new FileTime(3, 4));
    assertThat(HexFormat.of().formatHex(HsmStructs.importStub(attributes, ArchiveId.of(7))))
        .isEqualTo(
            "0000000000010000"
                + "0300000000000000"
                + "ffffffffffffffff"
                + "04000000"
                + "ffc99a3b"
                + "00286bee"
                + "64000000"
                + "ed890000"
                + "07000000");
    byte[] stat = HsmStructs.stat(attributes);
    ByteBuffer in = ByteBuffer.wrap(stat).order(ByteOrder.LITTLE_ENDIAN);
    assertThat(stat).hasSize(144);
    assertThat(in.getInt(24)).isEqualTo(0104755);
    assertThat(in.getLong(48)).isEqualTo(1L << 40);
    assertThat(in.getLong(72)).isEqualTo(3);
    assertThat(in.getLong(88)).isEqualTo(-1);
    assertThat(in.getLong(96)).isEqualTo(999_999_999);
  }

  @Test
  void importStub_ofValuesThatDoNotFit_isRefused() {
    FileTime time = new FileTime(0, 0);
    assertThatThrownBy(
            () ->
                HsmStructs.importStub(
                    new ImportAttributes(0644, 0, 0, -1, time, time), ArchiveId.of(1)))
        .hasMessageContaining("size is -1");
    assertThatThrownBy(
            () -> HsmStructs.stat(new ImportAttributes(0644, 1L << 32, 0, 0, time, time)))
        .hasMessageContaining("4294967296:0");
  }

  @Tag("fuzz")
  @Property
  void structs_ofAnyBytes_areReadOrRefused(@ForAll @Size(max = 40) byte[] bytes) {
    try {
      HsmStructs.state(ByteBuffer.wrap(bytes));
    } catch (ProviderException e) {
      assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPT);
    }
    try {
      HsmStructs.currentAction(ByteBuffer.wrap(bytes));
    } catch (ProviderException e) {
      assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPT);
    }
  }
}
