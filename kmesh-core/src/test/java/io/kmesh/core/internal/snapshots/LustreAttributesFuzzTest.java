// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.core.internal.repository.tree.Attribute;
import io.kmesh.core.internal.repository.tree.ChunkList;
import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.core.internal.repository.tree.Page;
import io.kmesh.core.internal.repository.tree.TreeNode;
import io.kmesh.engine.ArchiveReceipt;
import io.kmesh.engine.ReceiptCodec;
import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.lustre.HsmState;
import io.kmesh.lustre.Layout;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.store.Sha256;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/**
 * What an entry has of a file on a Lustre: the golden vectors of docs/format/repository.md; and
 * what is none of it is a value, or a failure that says so.
 */
class LustreAttributesFuzzTest {
  private static final Fid FID = new Fid(0x200000401L, 26, 0);
  private static final ArchiveReceipt RECEIPT =
      new ArchiveReceipt(FID, 77, "s", "k", "v", 3, new Sha256(new byte[32]));
  private static final byte[] REFERENCE =
      ArchiveReference.write(
          "lab", "1".repeat(32), FID, 3, Optional.of(ReceiptCodec.encode(RECEIPT)));
  private static final byte[] LAYOUT = LayoutJson.write(Layout.plain(2, 4 << 20, "cheap"));
  private static final HsmState STATE =
      HsmState.of(
          ArchiveId.of(3), HsmFlag.EXISTS, HsmFlag.RELEASED, HsmFlag.ARCHIVED, HsmFlag.NORELEASE);
  private static final byte[] HSM = HsmStateJson.write(STATE);
  private static final byte[] PROJECT = "4000000000".getBytes(UTF_8);

  @Test
  void reference_isReadAsItWasWritten() throws ProviderException {
    assertThat(ArchiveReference.read(REFERENCE))
        .isEqualTo(new ArchiveReference("lab", "1".repeat(32), FID, 3, RECEIPT));
    byte[] older =
        "{\"format\":0,\"fileSystem\":\"lab\",\"fid\":\"[0x200000401:0x1a:0x0]\",\"archive\":3}"
            .getBytes(UTF_8);
    assertThat(ArchiveReference.write("lab", null, FID, 3, Optional.empty())).isEqualTo(older);
    assertThat(ArchiveReference.read(older))
        .isEqualTo(new ArchiveReference("lab", null, FID, 3, null));
  }

  @Test
  void reference_thatIsNone_isNamed() {
    for (String bad :
        List.of(
            "", "[]", "7", "{}", "{\"format\":0}", "{\"format\":0,\"archive\":1,\"fid\":\"x\"}")) {
      assertThatThrownBy(() -> ArchiveReference.read(bad.getBytes(UTF_8)))
          .as(bad)
          .isInstanceOfSatisfying(
              ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPT));
    }
    assertThatThrownBy(() -> ArchiveReference.read("{\"format\":1,\"archive\":1}".getBytes(UTF_8)))
        .hasMessageContaining("Use a newer one");
  }

  /** A released file whose bytes the snapshot has: its entry, alone. */
  private static final TreeNode KEPT =
      ArchiveReference.keep(
          new TreeNode(
              PathBytes.of("f"),
              FileType.REGULAR,
              0640,
              1,
              2,
              new FileTime(5, 6),
              new FileTime(7, 8),
              44,
              0,
              1,
              List.of(
                  Attribute.of(LustreGate.HSM, HSM),
                  Attribute.of(LustreGate.LAYOUT, LAYOUT),
                  Attribute.of(LustreGate.PROJECT, PROJECT),
                  Attribute.of(PathBytes.of("user.a"), new byte[] {1})),
              new Content.Reference(3, REFERENCE)),
          new Content.Reference(3, REFERENCE),
          new Content.Data(3, ChunkList.of(new ChunkName(1, 2, 3), 3)));

  private static final String KEPT_TEXT =
      """
      0001660104a00301020a0604085805096b6d6573682e68736d427b22666c616773223a5b22455849
      535453222c2252454c4541534544222c224152434849564544222c224e4f52454c45415345225d2c
      2261726368697665223a337d0c6b6d6573682e6c61796f7574455b7b227061747465726e223a2252
      41494430222c2273747269706573223a322c2273747269706553697a65223a343139343330342c22
      706f6f6c223a226368656170227d5d0d6b6d6573682e70726f6a6563740a34303030303030303030
      0f6b6d6573682e7265666572656e6365f5017b22666f726d6174223a302c2266696c655379737465
      6d223a226c6162222c22696e7374616e6365223a2231313131313131313131313131313131313131
      31313131313131313131313131222c22666964223a225b30783230303030303430313a307831613a
      3078305d222c2261726368697665223a332c2272656365697074223a225330315351774141414141
      43414141454151414141426f41414141414141414141414141414530414141414141414141417741
      41414141414141414141414141414141414141414141414141414141414141414141414141414141
      414141467a4141467241414632796834464f673d3d227d06757365722e6101010301000000000000
      00000100000000000000020000000000000003""";

  @Test
  void values_areTheGoldenTexts() throws ProviderException {
    assertThat(new String(REFERENCE, UTF_8))
        .isEqualTo(
            "{\"format\":0,\"fileSystem\":\"lab\",\"instance\":\""
                + "1".repeat(32)
                + "\",\"fid\":\"[0x200000401:0x1a:0x0]\",\"archive\":3,\"receipt\":\""
                + Base64.getEncoder().encodeToString(ReceiptCodec.encode(RECEIPT))
                + "\"}");
    assertThat(new String(HSM, UTF_8))
        .isEqualTo(
            "{\"flags\":[\"EXISTS\",\"RELEASED\",\"ARCHIVED\",\"NORELEASE\"],\"archive\":3}");
    assertThat(HsmStateJson.flags(HSM)).isEqualTo(STATE.flags());
    assertThat(HsmStateJson.flags("{\"flags\":[\"NEWER\",\"LOST\"]}".getBytes(UTF_8)))
        .containsExactly(HsmFlag.LOST);
    assertThat(new String(LAYOUT, UTF_8))
        .isEqualTo(
            "[{\"pattern\":\"RAID0\",\"stripes\":2,\"stripeSize\":4194304,\"pool\":\"cheap\"}]");
    assertThat(LayoutJson.read(LAYOUT)).isEqualTo(Layout.plain(2, 4 << 20, "cheap"));
    assertThat(LustreAttributes.project(PROJECT)).isEqualTo(4_000_000_000L);
  }

  @Test
  void entryOfAKeptFile_isTheGoldenBytes_andItsReferenceIsRead() throws ProviderException {
    byte[] bytes = Page.writeRoot(KEPT);
    assertThat(HexFormat.of().formatHex(bytes)).isEqualTo(KEPT_TEXT.replaceAll("\\s", ""));
    TreeNode read = Page.readRoot(bytes, "it");
    assertThat(read).isEqualTo(KEPT);
    assertThat(ArchiveReference.of(read))
        .hasValueSatisfying(b -> assertThat(b).isEqualTo(REFERENCE));
    assertThat(read.content()).isInstanceOf(Content.Data.class);
  }

  @Test
  void referenceThatNeedsAChunk_isNotKept_onlyTheBytes() {
    byte[] large = Arrays.copyOf(REFERENCE, Attribute.MOST_INLINE + 1);
    TreeNode kept =
        ArchiveReference.keep(KEPT.with(List.of()), new Content.Reference(3, large), data(KEPT));
    assertThat(kept.attributes()).isEmpty();
    assertThat(kept.content()).isEqualTo(KEPT.content());
    TreeNode chunk =
        KEPT.with(
            List.of(Attribute.of(PathBytes.of("kmesh.reference"), new ChunkName(4, 5, 6), 2000)));
    assertThat(ArchiveReference.of(chunk)).isEmpty();
  }

  private static Content.File data(TreeNode node) {
    return (Content.File) node.content();
  }

  @Tag("fuzz")
  @Property(tries = 3_000)
  void keptFile_damagedAnywhere_isAFileOrDamage(
      @ForAll @IntRange(max = 1000) int at,
      @ForAll byte to,
      @ForAll @IntRange(max = 1000) int length) {
    byte[] bytes = Page.writeRoot(KEPT);
    bytes[at % bytes.length] = to;
    byte[] cut = length < bytes.length ? Arrays.copyOf(bytes, length) : bytes;
    for (byte[] each : List.of(bytes, cut)) {
      try {
        Optional<byte[]> reference = ArchiveReference.of(Page.readRoot(each, "it"));
        if (reference.isPresent()) {
          assertThat(ArchiveReference.read(reference.get())).isNotNull();
        }
      } catch (ProviderException e) {
        assertThat(e.kind()).isIn(ErrorKind.CORRUPT, ErrorKind.UNSUPPORTED);
      }
    }
  }

  @Tag("fuzz")
  @Property(tries = 3_000)
  void hsmStateAndProject_ofAnyBytes_areAValueOrRefused(
      @ForAll @IntRange(max = 400) int at, @ForAll byte to, @ForAll boolean isProject) {
    byte[] bytes = (isProject ? PROJECT : HSM).clone();
    bytes[at % bytes.length] = to;
    try {
      if (isProject) {
        assertThat(LustreAttributes.project(bytes)).isBetween(0L, (1L << 32) - 1);
      } else {
        assertThat(STATE.flags()).containsAll(HsmStateJson.flags(bytes));
      }
    } catch (IllegalArgumentException e) {
      assertThat(e.getMessage()).startsWith("it ");
    }
  }

  @Tag("fuzz")
  @Property(tries = 3_000)
  void changedBytes_areAValueOrAFailure(
      @ForAll boolean isLayout,
      @ForAll @IntRange(max = 400) int at,
      @ForAll byte to,
      @ForAll @IntRange(max = 400) int length) {
    byte[] bytes = (isLayout ? LAYOUT : REFERENCE).clone();
    bytes[at % bytes.length] = to;
    byte[] cut = length < bytes.length ? Arrays.copyOf(bytes, length) : bytes;
    for (byte[] each : List.of(bytes, cut)) {
      try {
        assertThat(isLayout ? LayoutJson.read(each) : ArchiveReference.read(each)).isNotNull();
      } catch (ProviderException e) {
        assertThat(e.kind()).isIn(ErrorKind.CORRUPT, ErrorKind.UNSUPPORTED);
      }
    }
  }
}
