// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
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

/** FIDs, names and stripes of directories in xattrs. */
class XattrsTest {
  private static Links links(byte[] bytes) throws ProviderException {
    return Links.decode(ByteBuffer.wrap(bytes));
  }

  @Test
  void captured_sayFidAndName_andGiveTheirBytes() throws Exception {
    for (LayoutVectors.Vector v : LayoutVectors.all()) {
      byte[] lma = v.bytes("trusted.lma").orElseThrow();
      InodeAttributes attributes = InodeAttributes.decode(ByteBuffer.wrap(lma));
      assertThat(attributes.fid()).isEqualTo(v.fid());
      assertThat(attributes.encode()).isEqualTo(lma);
      if (v.name().equals("root")) {
        continue;
      }
      byte[] bytes = v.bytes("trusted.link").orElseThrow();
      Links links = links(bytes);
      assertThat(links.areAll()).isTrue();
      assertThat(links.names())
          .singleElement()
          .satisfies(
              n -> {
                assertThat(n.name()).isEqualTo(PathBytes.of(v.path()).name());
                assertThat(n.parent())
                    .isEqualTo(
                        Fid.parse(
                            v.name().equals("file_on_mdt1")
                                ? "[0x240000402:0x3:0x0]"
                                : "[0x200000402:0x2:0x0]"));
              });
      assertThat(links.encode()).isEqualTo(bytes);
    }
  }

  @Test
  void captured_defaultsOfDirectories_giveTheirBytes() throws Exception {
    int found = 0;
    for (LayoutVectors.Vector v : LayoutVectors.all()) {
      if (v.bytes("trusted.dmv").isPresent()) {
        byte[] bytes = v.bytes("trusted.dmv").get();
        DirectoryStripes stripes = DirectoryStripes.decode(ByteBuffer.wrap(bytes));
        assertThat(stripes.encode()).isEqualTo(bytes);
        found++;
      }
    }
    assertThat(found).isEqualTo(3);
    DirectoryStripes asked =
        DirectoryStripes.decode(
            ByteBuffer.wrap(Reference.bytes("vectors/layouts/dir_default_lmv.trusted.dmv.bin")));
    assertThat(asked)
        .isEqualTo(
            new DirectoryStripes(AbiConstants.LMV_USER_MAGIC, 2, -1, 0, 0, 3, 0, null, List.of()));
  }

  @Test
  void directoryStripes_withStripes_readBack() throws Exception {
    DirectoryStripes stripes =
        new DirectoryStripes(
            AbiConstants.LMV_MAGIC_V1,
            2,
            1,
            3,
            0,
            0,
            0,
            "mdts",
            List.of(
                new DirectoryStripes.Stripe(1, new Fid(5, 6, 0)),
                new DirectoryStripes.Stripe(0, new Fid(7, 8, 0))));
    assertThat(DirectoryStripes.decode(ByteBuffer.wrap(stripes.encode()))).isEqualTo(stripes);
    byte[] bad = stripes.encode();
    bad[4] = 3;
    assertThatThrownBy(() -> DirectoryStripes.decode(ByteBuffer.wrap(bad)))
        .isInstanceOf(ProviderException.class)
        .hasMessageContaining("3 stripes do not fit");
    bad[7] = (byte) 0x80;
    assertThatThrownBy(() -> DirectoryStripes.decode(ByteBuffer.wrap(bad)))
        .isInstanceOf(ProviderException.class);
  }

  @Test
  void captured_stripesOfAServer_nameTheirDirectories() throws Exception {
    byte[] bytes = Reference.bytes("vectors/layouts/dir_striped_2mdt.trusted.lmv.bin");
    ServerStripes stripes = ServerStripes.decode(ByteBuffer.wrap(bytes));
    assertThat(stripes.stripes())
        .containsExactly(Fid.parse("[0x200000400:0x2:0x0]"), Fid.parse("[0x240000401:0x2:0x0]"));
    assertThat(stripes.hash()).isEqualTo(AbiConstants.LMV_HASH_TYPE_FNV_1A_64);
    assertThat(stripes.master()).isZero();
    assertThat(stripes.encode()).isEqualTo(bytes);
    for (int i = 0; i < bytes.length; i++) {
      byte[] cut = Arrays.copyOf(bytes, i);
      assertThatThrownBy(() -> ServerStripes.decode(ByteBuffer.wrap(cut)))
          .isInstanceOf(ProviderException.class);
    }
    bytes[7] = (byte) 0x80;
    assertThatThrownBy(() -> ServerStripes.decode(ByteBuffer.wrap(bytes)))
        .hasMessageContaining("2147483650 stripes are not what 88 bytes hold");
  }

  private static byte[] link() {
    return Reference.bytes("vectors/layouts/plain_default.trusted.link.bin");
  }

  @Test
  void links_ofHostileLengths_areRefused() {
    refuses(0, 0xde, "its magic is");
    refuses(4, 2, "name 1 of 2 has 0 bytes with 0 left");
    refuses(7, 0xff, "name 1 of 4278190081");
    refuses(8, 0x30, "48 bytes of 47");
    refuses(15, 0xff, "bytes of 47");
    refuses(8, 0x17, "23 bytes of 47");
    refuses(24, 1, "has 279 bytes");
    refuses(25, 0, "has 0 bytes with 23 left");
    refuses(25, 18, "has 18 bytes");
    refuses(43, 0, "a name has a NUL");
  }

  private static void refuses(int at, int value, String reason) {
    byte[] bytes = link();
    bytes[at] = (byte) value;
    assertThatThrownBy(() -> links(bytes))
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPT))
        .hasMessageContaining(reason);
  }

  @Test
  void links_whenCut_areRefused() {
    for (int i = 0; i < link().length; i++) {
      byte[] cut = Arrays.copyOf(link(), i);
      assertThatThrownBy(() -> links(cut)).isInstanceOf(ProviderException.class);
    }
  }

  @Test
  void links_thatOverflowed_areNotAll() throws Exception {
    byte[] bytes = link();
    bytes[19] = (byte) 0xf0;
    assertThat(links(bytes).areAll()).isFalse();
    assertThat(links(bytes).overflowTime()).isEqualTo(0xf0000000L);
  }

  @Provide
  Arbitrary<Links> linkLists() {
    Arbitrary<Fid> fids =
        Combinators.combine(Arbitraries.longs(), Arbitraries.integers(), Arbitraries.integers())
            .as(Fid::new);
    Arbitrary<PathBytes> names =
        Arbitraries.bytes()
            .filter(b -> b != 0)
            .array(byte[].class)
            .ofMinSize(1)
            .ofMaxSize(255)
            .map(PathBytes::of);
    return Combinators.combine(
            Combinators.combine(fids, names).as(Links.Name::new).list().ofMaxSize(5),
            Arbitraries.longs().between(0, 0xffffffffL))
        .as(Links::new);
  }

  @Property(tries = 100, edgeCases = EdgeCasesMode.NONE)
  void links_ofWhatWasWritten_areTheSame(@ForAll("linkLists") Links links)
      throws ProviderException {
    assertThat(links(links.encode())).isEqualTo(links);
  }

  @Tag("fuzz")
  @Property
  void xattrs_ofAnyBytes_areReadOrRefused(@ForAll @Size(max = 120) byte[] bytes) {
    readOrRefuse(bytes);
  }

  @Tag("fuzz")
  @Property(edgeCases = EdgeCasesMode.NONE)
  void links_ofChangedBytes_areReadOrRefused(
      @ForAll("linkLists") Links links, @ForAll("changes") List<Integer> changes) {
    byte[] bytes = links.encode();
    Mutations.apply(bytes, changes);
    readOrRefuse(bytes);
  }

  @Provide
  Arbitrary<List<Integer>> changes() {
    return Mutations.arbitrary();
  }

  private interface Read {
    void run(ByteBuffer bytes) throws ProviderException;
  }

  private static void readOrRefuse(byte[] bytes) {
    List<Read> reads =
        List.of(
            Links::decode,
            InodeAttributes::decode,
            DirectoryStripes::decode,
            ServerStripes::decode,
            TargetSpace::decode,
            QuotaCall::usage);
    for (Read read : reads) {
      try {
        read.run(ByteBuffer.wrap(bytes));
      } catch (ProviderException e) {
        assertThat(e.kind()).isIn(ErrorKind.CORRUPT, ErrorKind.UNSUPPORTED);
      }
    }
  }
}
