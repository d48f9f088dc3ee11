// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.azure.internal;

import static org.assertj.core.api.Assertions.assertThat;

import com.azure.storage.blob.models.Block;
import io.kmesh.spi.store.UploadPart;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** The names of blocks that {@code docs/format/azure-blobs.md} describes. */
class BlockNamesTest {
  private static final String UPLOAD = "00112233445566778899aabbccddeeff";
  private static final byte[] MD5_OF_ABC =
      Etags.md5(ByteBuffer.wrap("abc".getBytes(StandardCharsets.UTF_8)));

  /** Golden: what version 0 writes, for ever. */
  private static final String PART =
      "a20AAAARIjNEVWZ3iJmqu8zd7v8AAAAHAAAAAAABhqCQAVCYPNJPsNaWP30o4X9yAAAAAAAAAAAAAAAAAAAA";

  private static final String EMPTY_HEADER =
      "a20AAgARIjNEVWZ3iJmqu8zd7v8AAAABAAAAAAAAAAACAwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

  @Test
  void part_hasTheGoldenName() {
    BlockId part = new BlockId(BlockId.Kind.PART, UPLOAD, 7, 100_000, MD5_OF_ABC);
    assertThat(part.encode()).isEqualTo(PART);
    assertThat(BlockId.decode(PART)).contains(part);
    assertThat(part.etag()).isEqualTo("900150983cd24fb0d6963f7d28e17f72");
  }

  @Test
  void headerOfNothing_hasTheGoldenName() {
    List<BlockId> blocks = new UploadHeader(Map.of(), null).encode(UPLOAD);
    assertThat(blocks.stream().map(BlockId::encode)).containsExactly(EMPTY_HEADER);
    assertThat(UploadHeader.decode(blocks)).contains(new UploadHeader(Map.of(), null));
  }

  @Test
  void header_isReadInAnyOrder_andNotWhenAPieceIsMissing() {
    Random random = new Random(20260101);
    for (int n = 0; n < 50; n++) {
      Map<String, String> metadata = new TreeMap<>();
      for (int i = random.nextInt(12); i > 0; i--) {
        metadata.put("kmesh-" + random.nextInt(1000), "v=" + Long.toHexString(random.nextLong()));
      }
      UploadHeader header = new UploadHeader(metadata, n % 2 == 0 ? null : "Cool");
      List<BlockId> blocks = new ArrayList<>(header.encode(UPLOAD));
      Collections.shuffle(blocks, random);
      assertThat(UploadHeader.decode(blocks)).contains(header);
      blocks.remove(random.nextInt(blocks.size()));
      assertThat(UploadHeader.decode(blocks)).isEmpty();
    }
  }

  @Test
  void header_ofTheLargestMetadata_isRead() {
    Random random = new Random(7);
    StringBuilder value = new StringBuilder();
    for (int i = 0; i < 8000; i++) {
      value.append((char) (' ' + random.nextInt(95)));
    }
    UploadHeader header = new UploadHeader(Map.of("name", value.toString()), "Archive");
    assertThat(UploadHeader.decode(header.encode(UPLOAD))).contains(header);
  }

  @Property(tries = 2000)
  void anyText_isNoName_orOneThatIsWrittenTheSame(@ForAll byte[] bytes) {
    String name = Base64.getEncoder().encodeToString(bytes);
    BlockId.decode(name).ifPresent(id -> assertThat(id.encode()).isEqualTo(name));
    assertThat(BlockId.decode(new String(bytes, StandardCharsets.ISO_8859_1))).isNotNull();
  }

  @Test
  void names_thatAreChanged_neverFailOtherwiseThanByBeingNone() {
    Random random = new Random(20260101);
    List<BlockId> header =
        new UploadHeader(Map.of("kmesh-mode", "0100644", "owner", "1000"), "Hot").encode(UPLOAD);
    for (int n = 0; n < 20_000; n++) {
      List<BlockId> changed = new ArrayList<>();
      for (BlockId block : header) {
        byte[] bytes = Base64.getDecoder().decode(block.encode());
        if (random.nextBoolean()) {
          bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
        }
        Optional<BlockId> decoded = BlockId.decode(Base64.getEncoder().encodeToString(bytes));
        decoded.ifPresent(changed::add);
      }
      assertThat(UploadHeader.decode(changed)).isNotNull();
    }
  }

  @Test
  void uploadsOfOneKey_areToldApart_andTheLastBlockOfANumberCounts() {
    String other = "ff".repeat(16);
    List<Block> blocks = new ArrayList<>();
    for (String upload : List.of(UPLOAD, other)) {
      new UploadHeader(Map.of("of", upload), null)
          .encode(upload)
          .forEach(id -> blocks.add(block(id, 1)));
    }
    blocks.add(block(new BlockId(BlockId.Kind.PART, UPLOAD, 2, 20, MD5_OF_ABC), 3));
    blocks.add(block(new BlockId(BlockId.Kind.PART, UPLOAD, 2, 10, new byte[16]), 9));
    blocks.add(block(new BlockId(BlockId.Kind.EMPTY_PART, UPLOAD, 1, 30, new byte[16]), 1));
    blocks.add(new Block().setName("Zm9yZWlnbg==").setSizeLong(5));
    Map<String, UploadState> states = UploadState.of(blocks);
    assertThat(states).containsOnlyKeys(UPLOAD, other);
    assertThat(states.get(UPLOAD).header().metadata()).isEqualTo(Map.of("of", UPLOAD));
    assertThat(states.get(UPLOAD).uploadParts())
        .containsExactly(
            new UploadPart(1, "00".repeat(16), 0),
            new UploadPart(2, "900150983cd24fb0d6963f7d28e17f72", 3));
    blocks.add(block(new BlockId(BlockId.Kind.ABORTED, UPLOAD, 0, 0, new byte[0]), 1));
    assertThat(UploadState.of(blocks)).containsOnlyKeys(other);
  }

  private static Block block(BlockId id, long size) {
    return new Block().setName(id.encode()).setSizeLong(size);
  }
}
