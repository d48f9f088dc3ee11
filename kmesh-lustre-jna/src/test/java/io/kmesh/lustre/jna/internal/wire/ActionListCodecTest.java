// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.Extent;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.ActionItem;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** Lists of HSM actions: golden bytes, captured ones, hostile ones. */
class ActionListCodecTest {
  private static final List<Map<String, Object>> CAPTURED =
      Json.list(Json.parse(Reference.text("vectors/hsm/action_lists.json"))).stream()
          .map(Json::map)
          .toList();

  private static byte[] golden() {
    return Reference.hex(Reference.fixtures("hsm_action_list").get(2), "hex");
  }

  @Test
  void decode_ofGoldenBytes_givesTheirFields_andTheBytesBack() throws Exception {
    for (Map<String, Object> fixture : Reference.fixtures("hsm_action_list")) {
      byte[] bytes = Reference.hex(fixture, "hex");
      ActionList list = ActionListCodec.decode(ByteBuffer.wrap(bytes));
      assertThat(list.fsname()).isEqualTo(PathBytes.of((String) fixture.get("hal_fsname")));
      assertThat(list.flags()).isEqualTo(Json.bits(fixture.get("hal_flags")));
      assertThat(list.archiveId().value()).isEqualTo(Json.bits(fixture.get("hal_archive_id")));
      List<Object> items = Json.list(fixture.get("items"));
      assertThat(list.items()).hasSameSizeAs(items);
      for (int i = 0; i < items.size(); i++) {
        Map<String, Object> expected = Json.map(items.get(i));
        ActionList.Item item = list.items().get(i);
        assertThat(item.action()).isEqualTo((int) Json.bits(expected.get("hai_action")));
        assertThat(item.fid()).hasToString((String) expected.get("hai_fid"));
        assertThat(item.dataFid()).hasToString((String) expected.get("hai_dfid"));
        assertThat(item.cookie()).isEqualTo(Json.bits(expected.get("hai_cookie")));
        assertThat(item.gid()).isEqualTo(Json.bits(expected.get("hai_gid")));
        assertThat(item.extent()).isEqualTo(Extent.WHOLE_FILE);
        assertThat(new String(item.payload(), StandardCharsets.UTF_8))
            .isEqualTo(expected.get("data"));
      }
      assertThat(ActionListCodec.encode(list)).isEqualTo(bytes);
    }
  }

  @Test
  void decode_ofCapturedBytes_givesTheirFields_andTheBytesBack() throws Exception {
    assertThat(CAPTURED).hasSize(27);
    for (Map<String, Object> captured : CAPTURED) {
      byte[] bytes = Reference.bytes("vectors/" + captured.get("file"));
      assertThat(HexFormat.of().formatHex(bytes)).isEqualTo(captured.get("hex"));
      boolean raw = captured.get("kuc_hdr") != null;
      ActionList list =
          raw
              ? ActionListCodec.decodeMessage(ByteBuffer.wrap(bytes)).orElseThrow()
              : ActionListCodec.decode(ByteBuffer.wrap(bytes));
      Map<String, Object> expected = Json.map(captured.get("hal"));
      assertThat(list.fsname()).isEqualTo(PathBytes.of((String) expected.get("fsname")));
      assertThat(list.flags()).isEqualTo(Json.bits(expected.get("flags")));
      assertThat(list.archiveId().value()).isEqualTo(Json.bits(expected.get("archive_id")));
      List<Object> items = Json.list(expected.get("items"));
      List<ActionItem> known = list.known(1);
      assertThat(list.unknown()).isEmpty();
      assertThat(known).hasSameSizeAs(items);
      for (int i = 0; i < items.size(); i++) {
        Map<String, Object> one = Json.map(items.get(i));
        ActionItem item = known.get(i);
        assertThat(item.mdt()).isEqualTo(1);
        assertThat(item.action()).hasToString((String) one.get("action_name"));
        assertThat(item.fid()).hasToString((String) one.get("fid"));
        assertThat(item.dataFid()).hasToString((String) one.get("dfid"));
        assertThat(item.cookie()).isEqualTo(Json.bits(one.get("cookie")));
        assertThat(item.extent().length()).isEqualTo(Json.bits(one.get("extent_length")));
        assertThat(HexFormat.of().formatHex(item.payload())).isEqualTo(one.get("data_hex"));
        int at = (int) Json.bits(one.get("offset"));
        byte[] hai = ActionListCodec.encodeItem(item);
        byte[] hal = raw ? Arrays.copyOfRange(bytes, 8, bytes.length) : bytes;
        assertThat(hai).isEqualTo(Arrays.copyOfRange(hal, at, at + hai.length));
      }
      byte[] again = ActionListCodec.encode(list);
      assertThat(again).isEqualTo(raw ? Arrays.copyOfRange(bytes, 8, bytes.length) : bytes);
    }
  }

  @Test
  void decode_ofADirectBufferBehindItsPosition_leavesItAsItIs() throws Exception {
    byte[] bytes = golden();
    ByteBuffer direct = ByteBuffer.allocateDirect(bytes.length + 3).order(ByteOrder.BIG_ENDIAN);
    direct.position(3);
    direct.put(bytes).position(3);
    assertThat(ActionListCodec.encode(ActionListCodec.decode(direct))).isEqualTo(bytes);
    assertThat(direct.position()).isEqualTo(3);
  }

  @Test
  void decode_ofAnUnknownAction_keepsTheItem() throws Exception {
    byte[] bytes = change(b -> b.putInt(48 + Abi.HsmActionItem.HAI_ACTION, 77));
    ActionList list = ActionListCodec.decode(ByteBuffer.wrap(bytes));
    assertThat(list.items()).hasSize(4);
    assertThat(list.known(0))
        .extracting(ActionItem::action)
        .containsExactly(HsmActionKind.RESTORE, HsmActionKind.REMOVE, HsmActionKind.CANCEL);
    assertThat(list.unknown()).singleElement().asString().startsWith("action 77 of [0x200000401");
    assertThat(ActionListCodec.encode(list)).isEqualTo(bytes);
  }

  @Test
  void decode_whenCutAnywhere_isRefused() {
    byte[] whole = golden();
    for (int i = 0; i < whole.length; i++) {
      byte[] cut = Arrays.copyOf(whole, i);
      // Only the padding of the last item may be missing.
      if (i > whole.length - 8 && accepted(cut)) {
        continue;
      }
      assertThatThrownBy(() -> ActionListCodec.decode(ByteBuffer.wrap(cut)))
          .as("cut to %s", i)
          .isInstanceOfSatisfying(
              ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPT));
    }
  }

  private static boolean accepted(byte[] bytes) {
    try {
      return ActionListCodec.decode(ByteBuffer.wrap(bytes)).items().size() == 4;
    } catch (ProviderException e) {
      return false;
    }
  }

  private static byte[] change(Consumer<ByteBuffer> change) {
    byte[] bytes = golden();
    change.accept(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN));
    return bytes;
  }

  private static void refuses(Consumer<ByteBuffer> change, String reason) {
    assertThatThrownBy(() -> ActionListCodec.decode(ByteBuffer.wrap(change(change))))
        .isInstanceOf(ProviderException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void decode_ofHostileLengths_isRefused() {
    refuses(b -> b.putInt(Abi.HsmActionList.HAL_VERSION, 2), "its version is 2");
    refuses(b -> b.putInt(Abi.HsmActionList.HAL_COUNT, 5), "5 items");
    refuses(b -> b.putInt(Abi.HsmActionList.HAL_COUNT, -1), "4294967295 items");
    refuses(b -> b.putInt(Abi.HsmActionList.HAL_COUNT, 3), "behind its last item");
    refuses(b -> b.putInt(Abi.HsmActionList.HAL_ARCHIVE_ID, -1), "archive id is 4294967295");
    refuses(b -> b.putInt(48, 0), "item 0 has a length of 0");
    refuses(b -> b.putInt(48, 71), "item 0 has a length of 71");
    refuses(b -> b.putInt(48, -8), "length of 4294967288");
    refuses(b -> b.putInt(128, 0x7fffffff), "item 1 has a length of 2147483647");
  }

  @Test
  void decodeMessage_ofTheEndOfARegistration_isEmpty() throws Exception {
    byte[] shutdown = HexFormat.of().parseHex("1c19010001000800");
    assertThat(ActionListCodec.decodeMessage(ByteBuffer.wrap(shutdown))).isEmpty();
  }

  @Test
  void decodeMessage_ofAnotherMagicTypeOrLength_isRefused() {
    byte[] message = Reference.bytes("vectors/hsm/ct_raw/kuc-001.bin");
    for (int at : new int[] {0, 2, 4, 7}) {
      byte[] bad = message.clone();
      bad[at] ^= 0x40;
      assertThatThrownBy(() -> ActionListCodec.decodeMessage(ByteBuffer.wrap(bad)))
          .isInstanceOf(ProviderException.class)
          .hasMessageContaining("Cannot read a list of HSM actions");
    }
  }

  @Provide
  Arbitrary<ActionList> lists() {
    Arbitrary<Fid> fids =
        Combinators.combine(Arbitraries.longs(), Arbitraries.integers(), Arbitraries.integers())
            .as(Fid::new);
    Arbitrary<Extent> extents =
        Combinators.combine(Arbitraries.longs(), Arbitraries.longs()).as(Extent::new);
    Arbitrary<byte[]> payloads = Arbitraries.bytes().array(byte[].class).ofMaxSize(40);
    Arbitrary<ActionList.Item> items =
        Combinators.combine(
                Arbitraries.integers(),
                fids,
                fids,
                extents,
                Arbitraries.longs(),
                Arbitraries.longs(),
                payloads)
            .as(ActionList.Item::new);
    Arbitrary<PathBytes> names = Arbitraries.strings().alpha().ofMaxLength(20).map(PathBytes::of);
    return Combinators.combine(
            Arbitraries.longs(),
            Arbitraries.longs(),
            Arbitraries.integers().greaterOrEqual(0).map(ArchiveId::of),
            names,
            items.list().ofMaxSize(6))
        .as(ActionList::new);
  }

  @Property(tries = 100, edgeCases = EdgeCasesMode.NONE)
  void decode_ofWhatWasEncoded_isTheSame(@ForAll("lists") ActionList list)
      throws ProviderException {
    byte[] bytes = ActionListCodec.encode(list);
    assertThat(ActionListCodec.decode(ByteBuffer.wrap(bytes))).isEqualTo(list);
  }

  @Tag("fuzz")
  @Property
  void decode_ofAnyBytes_isReadOrRefused(@ForAll @Size(max = 300) byte[] bytes) {
    readOrRefuse(bytes);
  }

  @Tag("fuzz")
  @Property
  void decode_ofChangedBytes_isReadOrRefused(
      @ForAll("changes") List<Integer> changes, @ForAll boolean raw) {
    byte[] bytes = raw ? Reference.bytes("vectors/hsm/ct_raw/kuc-001.bin") : golden();
    Mutations.apply(bytes, changes);
    readOrRefuse(bytes);
  }

  @Provide
  Arbitrary<List<Integer>> changes() {
    return Mutations.arbitrary();
  }

  private static void readOrRefuse(byte[] bytes) {
    try {
      ActionList list = ActionListCodec.decode(ByteBuffer.wrap(bytes));
      assertThat(list.items().size()).isLessThanOrEqualTo(bytes.length / 72);
      assertThat(ActionListCodec.decode(ByteBuffer.wrap(ActionListCodec.encode(list))))
          .isEqualTo(list);
    } catch (ProviderException e) {
      assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPT);
    }
    try {
      ActionListCodec.decodeMessage(ByteBuffer.wrap(bytes));
    } catch (ProviderException e) {
      assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPT);
    }
  }
}
