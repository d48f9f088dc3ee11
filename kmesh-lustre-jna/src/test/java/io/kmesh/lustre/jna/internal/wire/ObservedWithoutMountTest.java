// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.kmesh.lustre.Fid;
import io.kmesh.lustre.FileComponent;
import io.kmesh.lustre.FileLayout;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the real libraries of six releases answered without a mount, and what Kmesh makes of it. */
class ObservedWithoutMountTest {
  private static final Map<String, Object> OBSERVED =
      Json.map(
          Json.object(Reference.text("reference/observed-without-mount.json")).get("observations"));

  @Test
  void fids_areReadAsTheLibraryReadsThem() {
    int found = 0;
    for (Map.Entry<String, Object> one : OBSERVED.entrySet()) {
      if (!one.getKey().startsWith("fid_parse ")) {
        continue;
      }
      found++;
      String text = one.getKey().substring("fid_parse ".length());
      for (Object answer : Json.map(one.getValue()).values()) {
        List<Object> fields = Json.list(answer);
        boolean isWhole = Json.bits(fields.get(0)) == 0 && fields.get(4).equals("");
        if (isWhole) {
          assertThat(Fid.parse(text))
              .isEqualTo(
                  new Fid(
                      Json.bits(fields.get(1)),
                      (int) Json.bits(fields.get(2)),
                      (int) Json.bits(fields.get(3))));
        } else {
          // The library leaves what is behind a FID to its caller; Kmesh refuses it.
          assertThat(catchThrowable(() -> Fid.parse(text)))
              .as(text)
              .isInstanceOf(IllegalArgumentException.class);
        }
      }
    }
    assertThat(found).isEqualTo(6);
  }

  @Test
  void layouts_areDecodedAsTheLibraryDecodesThem() throws Exception {
    for (String struct : List.of("lov_user_md_v3", "lov_comp_md_v1")) {
      Map<String, Object> answer = Json.map(OBSERVED.get("by_xattr " + struct));
      byte[] golden = Reference.hex(Reference.fixtures(struct).get(0), "hex");
      FileLayout layout = LayoutDecoder.decode(ByteBuffer.wrap(golden), LayoutSource.XATTR);
      List<List<Object>> found = new ArrayList<>();
      List<List<Object>> expected = new ArrayList<>();
      for (FileComponent c : layout.components()) {
        found.add(List.of(c.start(), c.end(), c.striping().orElseThrow().stripeSize()));
      }
      for (Object o : Json.list(answer.get("comps"))) {
        List<Object> fields = Json.list(o);
        expected.add(
            List.of(Json.bits(fields.get(0)), Json.bits(fields.get(1)), Json.bits(fields.get(3))));
      }
      assertThat(found).isEqualTo(expected);
    }
  }
}
