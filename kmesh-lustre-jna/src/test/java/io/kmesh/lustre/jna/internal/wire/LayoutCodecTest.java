// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.lustre.ComponentFlag;
import io.kmesh.lustre.FileComponent;
import io.kmesh.lustre.FileLayout;
import io.kmesh.lustre.ForeignLayout;
import io.kmesh.lustre.Layout;
import io.kmesh.lustre.LayoutComponent;
import io.kmesh.lustre.StripeObject;
import io.kmesh.lustre.StripePattern;
import io.kmesh.lustre.Striping;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Layouts as bytes: captured ones in three forms, golden ones, hostile ones. */
class LayoutCodecTest {
  static Stream<LayoutVectors.Vector> vectors() {
    return LayoutVectors.withLayout().stream();
  }

  private static FileLayout xattr(byte[] bytes) throws ProviderException {
    return LayoutDecoder.decode(ByteBuffer.wrap(bytes), LayoutSource.XATTR);
  }

  @ParameterizedTest
  @MethodSource("vectors")
  void encode_ofACapturedXattr_givesItsBytes(LayoutVectors.Vector vector) throws Exception {
    byte[] bytes = vector.bytes("lustre.lov").orElseThrow();
    assertThat(vector.bytes("trusted.lov")).hasValueSatisfying(b -> assertThat(b).isEqualTo(bytes));
    assertThat(LayoutEncoder.encode(xattr(bytes))).isEqualTo(bytes);
  }

  /**
   * What the ioctl gives can't be written again byte by byte: its padding and its objects that do
   * not exist are leftovers, and it has room for one such object in each component. The values are
   * those of the xattr, but for what the xattr leaves out: the file's id in components, and the
   * generation in the place of the first OST.
   */
  @ParameterizedTest
  @MethodSource("vectors")
  void decode_ofTheIoctl_isTheXattrsValue(LayoutVectors.Vector vector) throws Exception {
    FileLayout fromIoctl = vector.ioctlLayout().orElseThrow();
    FileLayout fromXattr = xattr(vector.bytes("lustre.lov").orElseThrow());
    assertThat(withoutOwnerAndOffset(fromIoctl)).isEqualTo(withoutOwnerAndOffset(fromXattr));
    byte[] again = LayoutEncoder.encode(fromIoctl);
    assertThat(LayoutDecoder.decode(ByteBuffer.wrap(again), vector.ioctl())).isEqualTo(fromIoctl);
  }

  private static FileLayout withoutOwnerAndOffset(FileLayout layout) {
    List<FileComponent> components = new ArrayList<>();
    for (FileComponent c : layout.components()) {
      FileComponent.Content content = c.content();
      if (content instanceof Striping s) {
        content =
            new Striping(
                s.magic(),
                s.pattern(),
                s.stripeSize(),
                s.stripeCount(),
                -1,
                s.poolOrNull(),
                Striping.Owner.NONE,
                s.objects());
      }
      components.add(
          new FileComponent(
              c.id(),
              c.flags(),
              c.start(),
              c.end(),
              c.generation(),
              c.timestamp(),
              c.coding(),
              content));
    }
    return new FileLayout(
        layout.form(),
        layout.generation(),
        layout.flags(),
        layout.mirrorCount(),
        layout.parityCount(),
        components);
  }

  /** The forms whose room for objects is kept although there are none. */
  private static final Set<String> WITH_ROOM =
      Set.of(
          "released",
          "released_pfl",
          "released_dom",
          "released_flr",
          "released_lost",
          "remove_on_released",
          "restore_in_progress",
          "restore_cancelled",
          "restore_failed_eio",
          "remove_failed",
          "restored_dom");

  @Test
  void decode_ofEachStateOfALife_isTheSameInBothForms() throws Exception {
    int released = 0;
    Set<String> stale = new TreeSet<>();
    for (Object o : Json.list(Json.parse(Reference.text("vectors/hsm/states.json")))) {
      Map<String, Object> state = Json.map(o);
      byte[] bytes = Reference.hex(Json.map(state.get("xattrs")), "lustre.lov");
      FileLayout layout = xattr(bytes);
      FileLayout ioctl =
          LayoutDecoder.decode(ByteBuffer.wrap(Reference.hex(state, "lum_hex")), LayoutSource.FILE);
      String name = (String) state.get("name");
      if (!withoutOwnerAndOffset(ioctl).equals(withoutOwnerAndOffset(layout))) {
        stale.add(name);
      }
      byte[] again = LayoutEncoder.encode(layout);
      if (WITH_ROOM.contains(name)) {
        assertThat(layout.isReleased()).as(name).isTrue();
        // The layout's room for the objects it had stays, as zeros.
        assertThat(again.length).isLessThan(bytes.length);
        assertThat(xattr(again)).isEqualTo(layout);
        released++;
      } else {
        assertThat(again).as(name).isEqualTo(bytes);
        assertThat(layout.isReleased()).as(name).isFalse();
      }
    }
    assertThat(released).isEqualTo(WITH_ROOM.size());
    // There the client still gave the xattr from before the restore.
    assertThat(stale).containsExactly("restored_dom");
  }

  @Test
  void decode_ofGoldenBytes() throws Exception {
    byte[] v3 = Reference.hex(Reference.fixtures("lov_user_md_v3").get(0), "hex");
    FileLayout plain = xattr(v3);
    assertThat(LayoutEncoder.encode(plain)).isEqualTo(v3);
    Striping s = plain.components().get(0).striping().orElseThrow();
    assertThat(s.pool()).contains("flash");
    assertThat(s.stripeSize()).isEqualTo(1 << 20);
    assertThat(s.objects()).extracting(StripeObject::ost).containsExactly(3, 4);
    byte[] composite = Reference.hex(Reference.fixtures("lov_comp_md_v1").get(0), "hex");
    FileLayout pfl = xattr(composite);
    assertThat(LayoutEncoder.encode(pfl)).isEqualTo(composite);
    assertThat(pfl.components()).hasSize(2);
    assertThat(pfl.components().get(0).has(ComponentFlag.INIT)).isTrue();
    assertThat(pfl.components().get(1).striping().orElseThrow().stripeCount()).isEqualTo(4);
    assertThat(pfl.components().get(1).start()).isEqualTo(1 << 20);
  }

  @Test
  void asLayout_ofCapturedFiles_isWhatWasAskedFor() throws Exception {
    for (LayoutVectors.Vector vector : LayoutVectors.withLayout()) {
      FileLayout layout = xattr(vector.bytes("lustre.lov").orElseThrow());
      boolean isSimple =
          !Set.of("foreign_file", "sel_extension").contains(vector.name())
              && !vector.name().startsWith("flr_");
      assertThat(layout.asLayout().isPresent()).as(vector.name()).isEqualTo(isSimple);
    }
    Layout dom =
        xattr(Reference.bytes("vectors/layouts/dom_64k.lustre.lov.bin")).asLayout().orElseThrow();
    assertThat(dom.components())
        .containsExactly(
            new LayoutComponent(0, 65_536, StripePattern.MDT, 0, 65_536, null),
            new LayoutComponent(65_536, -1, StripePattern.RAID0, 2, 1 << 20, null));
    assertThat(
            xattr(Reference.bytes("vectors/hsm/state.released_pfl.lustre.lov.bin"))
                .asLayout()
                .orElseThrow()
                .isReleased())
        .isTrue();
  }

  @Test
  void encode_ofWhatIsAskedFor_isTheTemplateThatADirectoryKeeps() throws Exception {
    byte[] plain = Reference.bytes("vectors/layouts/dir_default_plain_pool.lustre.lov.bin");
    assertThat(LayoutEncoder.encode(Layout.plain(2, 2 << 20, "p1"))).isEqualTo(plain);
    byte[] pfl = Reference.bytes("vectors/layouts/dir_default_pfl.lustre.lov.bin");
    byte[] asked =
        LayoutEncoder.encode(
            new Layout(
                List.of(
                    new LayoutComponent(0, 1 << 20, StripePattern.RAID0, 1, 0, null),
                    new LayoutComponent(1 << 20, -1, StripePattern.RAID0, -1, 0, null)),
                false));
    // The kernel keeps what lay in lmm_oi of the caller's memory.
    for (int at : new int[] {128 + 8, 160 + 8}) {
      Arrays.fill(pfl, at, at + 16, (byte) 0);
    }
    assertThat(asked).isEqualTo(pfl);
  }

  @Test
  void encode_ofUnknownBits_keepsThem() throws Exception {
    byte[] bytes = Reference.bytes("vectors/layouts/flr_2mirrors.lustre.lov.bin");
    ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    in.putShort(Abi.LovCompMdV1.LCM_FLAGS, (short) 0x8001);
    in.putInt(32 + Abi.LovCompMdEntryV1.LCME_FLAGS, 0x40000010);
    in.putInt(32 + Abi.LovCompMdEntryV1.LCME_DSTRIPE_COUNT, 0x12345678);
    in.putInt(128 + Abi.LovUserMdV1.LMM_PATTERN, 0x00012001);
    FileLayout layout = xattr(bytes);
    assertThat(layout.mirrorState()).isEqualTo(FileLayout.MirrorState.READ_ONLY);
    assertThat(ComponentFlag.print(layout.components().get(0).flags()))
        .isEqualTo("init,0x40000000");
    assertThat(layout.components().get(0).striping().orElseThrow().printedPattern())
        .isEqualTo("raid0,0x12000");
    assertThat(LayoutEncoder.encode(layout)).isEqualTo(bytes);
  }

  @Test
  void decode_ofAnUnknownForm_isUnsupported() {
    byte[] bytes = Reference.bytes("vectors/layouts/plain_default.lustre.lov.bin");
    bytes[2] = (byte) 0xda;
    assertThatThrownBy(() -> xattr(bytes))
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.UNSUPPORTED))
        .hasMessageContaining("0x0BDA0BD0");
  }

  private static void refuses(String name, Consumer<ByteBuffer> change, String reason) {
    byte[] bytes = Reference.bytes("vectors/layouts/" + name + ".lustre.lov.bin");
    change.accept(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN));
    assertThatThrownBy(() -> xattr(bytes))
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPT))
        .hasMessageContaining(reason);
  }

  @Test
  void decode_ofHostileLengths_isRefused() {
    String pfl = "pfl_3comp_full";
    refuses("plain_2x1M", b -> b.putShort(28, (short) 3), "3 stripes do not fit into 48 bytes");
    refuses(pfl, b -> b.putInt(4, -1), "4294967295 bytes for 3 components");
    refuses(pfl, b -> b.putShort(14, (short) -1), "for 65535 components");
    refuses(pfl, b -> b.putInt(32 + 24, 8), "component 0 lies at 8");
    refuses(pfl, b -> b.putInt(32 + 24, -8), "component 0 lies at 4294967288");
    refuses(pfl, b -> b.putInt(32 + 28, -1), "4294967295 bytes");
    refuses(pfl, b -> b.putInt(32 + 28, 20), "20 bytes of at least 32");
    // The components' bytes lie over one another.
    refuses(pfl, b -> b.putInt(32 + 28, 200), "component 1 lies at");
    refuses(pfl, b -> b.putLong(32 + 8, 1L << 40), "ends at 1048576, before it begins");
    refuses("foreign_file", b -> b.putInt(4, 14), "14 bytes of 29");
    refuses("foreign_file", b -> b.putInt(4, -1), "4294967295 bytes of 29");
  }

  @Test
  void decode_whenCutAnywhere_isRefused() {
    for (LayoutVectors.Vector vector : LayoutVectors.withLayout()) {
      byte[] bytes = vector.bytes("lustre.lov").orElseThrow();
      for (int i = 0; i < bytes.length; i++) {
        byte[] cut = Arrays.copyOf(bytes, i);
        // Cut behind the fixed part it is a template.
        boolean isTemplate =
            i == (cut.length > 2 && cut[2] == (byte) 0xd3 ? 48 : 32)
                && (cut[2] == (byte) 0xd1 || cut[2] == (byte) 0xd3);
        if (isTemplate) {
          continue;
        }
        assertThatThrownBy(() -> xattr(cut))
            .as("%s cut to %s", vector, i)
            .isInstanceOf(ProviderException.class);
      }
    }
  }

  @Test
  void encode_ofATooLongPool_isRefused() {
    assertThatThrownBy(() -> LayoutEncoder.encode(Layout.plain(1, 0, "sixteen-bytes-xx")))
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID))
        .hasMessageContaining("16 bytes");
  }

  @Test
  void foreignValue_isKept() throws Exception {
    ForeignLayout foreign =
        xattr(Reference.bytes("vectors/layouts/foreign_file.lustre.lov.bin"))
            .foreign()
            .orElseThrow();
    assertThat(foreign.typeName()).isEqualTo("symlink");
    assertThat(foreign.flags()).isEqualTo(0xda05);
    assertThat(foreign.value()).asString().isEqualTo("deadbeef@0123");
  }

  @Tag("fuzz")
  @Property
  void decode_ofAnyBytes_isReadOrRefused(
      @ForAll @Size(max = 300) byte[] bytes, @ForAll LayoutSource source) {
    readOrRefuse(bytes, source);
  }

  @Tag("fuzz")
  @Property(tries = 2000)
  void decode_ofChangedBytes_isReadOrRefused(
      @ForAll("changes") List<Integer> changes, @ForAll LayoutSource source, @ForAll int which) {
    List<LayoutVectors.Vector> all = VECTORS;
    byte[] bytes =
        all.get(Math.floorMod(which, all.size()))
            .bytes(source == LayoutSource.XATTR ? "lustre.lov" : "llapi_file_get_stripe")
            .orElseThrow();
    Mutations.apply(bytes, changes);
    readOrRefuse(bytes, source);
  }

  private static final List<LayoutVectors.Vector> VECTORS = LayoutVectors.withLayout();

  @Provide
  Arbitrary<List<Integer>> changes() {
    return Mutations.arbitrary();
  }

  private static void readOrRefuse(byte[] bytes, LayoutSource source) {
    try {
      FileLayout layout = LayoutDecoder.decode(ByteBuffer.wrap(bytes), source);
      // Whatever was read can be looked at in every way.
      assertThat(layout.mirrors()).isNotNull();
      assertThat(layout.asLayout()).isNotNull();
      assertThat(layout.asRequest()).isNotNull();
      assertThat(layout.toString()).isNotEmpty();
      byte[] again = LayoutEncoder.encode(layout);
      assertThat(again.length).isLessThanOrEqualTo(bytes.length);
      if (source != LayoutSource.FILE || layout.form() == FileLayout.Form.COMPOSITE) {
        assertThat(LayoutEncoder.encode(LayoutDecoder.decode(ByteBuffer.wrap(again), source)))
            .isEqualTo(again);
      }
    } catch (ProviderException e) {
      assertThat(e.kind()).isIn(ErrorKind.CORRUPT, ErrorKind.UNSUPPORTED);
    }
  }
}
