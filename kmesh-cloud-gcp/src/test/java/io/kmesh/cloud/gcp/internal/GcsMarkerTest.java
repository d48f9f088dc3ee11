// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.gcp.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.StorageClass;
import io.kmesh.spi.store.Upload;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The form of docs/format/gcs-uploads.md. */
class GcsMarkerTest {
  private static final String GOLDEN =
      "{\"format\":0,\"key\":\"a/\u00e9\",\"metadata\":{\"kmesh-mode\":\"0100644\"}}";
  private final GcsMarker marker = new GcsMarker("a/\u00e9", Map.of("kmesh-mode", "0100644"));

  @Test
  void body_isTheGoldenOne() throws IOException {
    assertThat(StandardCharsets.UTF_8.decode(marker.body()).toString()).isEqualTo(GOLDEN);
    assertThat(marker.list()).isEqualTo(Map.of("kmesh-upload-key", "YS_DqQ"));
    assertThat(GcsMarker.parse(utf8(GOLDEN))).isEqualTo(marker);
  }

  @Test
  void key_whenListed_isRead() {
    assertThat(GcsMarker.key(listed(marker.list()))).isEqualTo("a/\u00e9");
    assertThat(GcsMarker.key(listed(Map.of()))).isEmpty();
    assertThat(GcsMarker.key(listed(Map.of("kmesh-upload-key", "!")))).isEmpty();
  }

  @Test
  void parse_whenNewer_saysSo() {
    assertThatIOException()
        .isThrownBy(() -> GcsMarker.parse(utf8("{\"format\":1,\"key\":\"a\"}")))
        .withMessageContaining("newer");
  }

  @Test
  void parse_whenDamaged_givesAMarkerOrAnIoException() {
    long seed = Long.getLong("kmesh.seed", 20261123L);
    Random random = new Random(seed);
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = GOLDEN.getBytes(StandardCharsets.UTF_8);
      for (int n = random.nextInt(3); n >= 0; n--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      ByteBuffer body = ByteBuffer.wrap(bytes, 0, 1 + random.nextInt(bytes.length));
      try {
        assertThat(GcsMarker.parse(body).key()).isNotNull();
      } catch (IOException e) {
        // what a damaged one gives
      } catch (RuntimeException e) {
        throw new AssertionError("round " + i + " of seed " + seed, e);
      }
    }
  }

  @Test
  void id_ofAnotherKeyOrForm_isNone() {
    GcsUploadId id = GcsUploadId.create("u/", "key", new StorageClass("NEARLINE"));
    assertThat(GcsUploadId.of("u/", new Upload("key", id.id()))).isEqualTo(id);
    assertThat(id.storageClass()).isEqualTo(new StorageClass("NEARLINE"));
    assertThat(GcsUploadId.create("u/", "key", null).storageClass()).isNull();
    for (String bad : new String[] {"", "../" + id.id(), id.id() + "/x", id.id() + "x", "a-b"}) {
      assertThat(GcsUploadId.of("u/", new Upload("key", bad))).as(bad).isNull();
    }
    assertThat(GcsUploadId.of("u/", new Upload("other", id.id()))).isNull();
    assertThat(id.number(id.part(10_000))).isEqualTo(10_000);
    assertThat(id.number(id.join(1, 7))).isZero();
  }

  private static ByteBuffer utf8(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  private static ObjectInfo listed(Map<String, String> metadata) {
    return new ObjectInfo("open/x", 1, "1", "1", Instant.EPOCH, metadata, null);
  }
}
