// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.translate;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.engine.MirrorDialect;
import io.kmesh.engine.MirrorTranslationReport;
import io.kmesh.engine.MirrorTreeReport;
import io.kmesh.spi.store.ForwardingObjectStore;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.testkit.store.MemoryStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import org.junit.jupiter.api.Test;

/** Objects that anybody may have written: each is a failure by its key, and nothing comes of it. */
class HostileTranslationTest {
  private static final String SUM =
      "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881";

  private final TranslationWorld world = new TranslationWorld();

  /** A store whose objects have metadata that no honest store takes. */
  private static final class Lying extends ForwardingObjectStore {
    private final MemoryStore store;
    private final Map<String, Map<String, String>> lies;

    Lying(MemoryStore store, Map<String, Map<String, String>> lies) {
      this.store = store;
      this.lies = lies;
    }

    @Override
    protected ObjectStore delegate() {
      return store;
    }

    @Override
    public CompletionStage<ObjectInfo> head(String key) {
      return store
          .head(key)
          .thenApply(
              i ->
                  new ObjectInfo(
                      i.key(),
                      i.size(),
                      i.etag(),
                      null,
                      i.lastModified(),
                      lies.getOrDefault(key, i.metadata()),
                      null));
    }
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private void own(String key, String body, String... more) throws IOException {
    Map<String, String> metadata = new TreeMap<>();
    metadata.put("kmesh-format", "mirror/0");
    metadata.put("kmesh-type", "file");
    metadata.put("kmesh-size", "1");
    metadata.put("kmesh-sha256", SUM);
    for (int i = 0; i < more.length; i += 2) {
      if (more[i + 1].isEmpty()) {
        metadata.remove(more[i]);
      } else {
        metadata.put(more[i], more[i + 1]);
      }
    }
    world.put("a/" + key, body, metadata);
  }

  private void checkAllFail(MirrorTranslationReport report) throws IOException {
    assertThat(report.failed())
        .extracting(MirrorTreeReport.Problem::name)
        .containsExactlyInAnyOrderElementsOf(
            world.store.keys().stream()
                .filter(key -> key.startsWith("a/") && !key.contains("/good"))
                .toList());
    assertThat(world.bare("b/")).hasSize(1).containsKey("b/good");
    assertThat(world.store.openUploads()).isEmpty();
  }

  @Test
  void keysThatAreNoPaths_areFailures() throws IOException {
    world.put("a/good", "x", Map.of());
    for (String key :
        new String[] {
          "../out", "x/../../out", ".", "x/.", "x//y", "/abs", "nul\0byte", "d//", "n".repeat(256)
        }) {
      world.put("a/" + key, "x", Map.of());
    }
    world.put("a/bytes/", "x", Map.of());
    world.put("a/.kmesh/root", "x", Map.of());
    world.put("a/.kmesh/long/00", "x", Map.of());
    checkAllFail(world.translate("a/").to(world.store, "b/").run(MirrorDialect.FSX));
  }

  @Test
  void keyThatIsTooLongAtTheTarget_isAFailure() throws IOException {
    String longest = "a/" + "n/".repeat(510) + "zz";
    world.put(longest, "x", Map.of());
    MirrorTranslationReport plan =
        world.translate("a/").to(world.store, "longer/").plan(MirrorDialect.FSX);
    MirrorTranslationReport report =
        world.translate("a/").to(world.store, "longer/").run(MirrorDialect.FSX);
    assertThat(report.failedCount()).isEqualTo(1);
    assertThat(report.failed().get(0).message()).contains("1029 bytes");
    assertThat(plan).isEqualTo(report);
    assertThat(world.bare("longer/")).isEmpty();
  }

  @Test
  void objectsThatOnlyLookLikeKmeshs_areFailures() throws IOException {
    world.put("a/good", "x", Map.of());
    own("escape%2Fslash", "x");
    own("escape%zz", "x");
    own("path", "x", "kmesh-path", base64("../out"));
    own("path2", "x", "kmesh-path", "!");
    own("format", "x", "kmesh-format", "mirror/9");
    own("type", "x", "kmesh-type", "door");
    own("side", "x", "kmesh-type", "side");
    own("size", "x", "kmesh-size", "2");
    own("size2", "x", "kmesh-size", "-1");
    own("extents", "x", "kmesh-extents", "0+1,0+1", "kmesh-size", "5");
    own("extents2", "x", "kmesh-extents", "9223372036854775807+9", "kmesh-size", "5");
    own("unsummed", "x", "kmesh-sha256", "");
    own("summed", "x", "kmesh-sha256", SUM.toUpperCase(java.util.Locale.ROOT));
    own("mode", "x", "kmesh-mode", "999");
    own("time", "x", "kmesh-mtime", "1".repeat(29));
    own("xattrs", "x", "kmesh-xattrs", "AAAA");
    own("sides", "x", "kmesh-side", "../../etc");
    own("sides2", "x", "kmesh-side", ".kmesh/side/gone");
    own("link", "", "kmesh-type", "symlink");
    own("link2", "x".repeat(4097), "kmesh-type", "symlink");
    own("fifo", "x", "kmesh-type", "fifo");
    own("hard", "", "kmesh-type", "hardlink", "kmesh-target", base64("gone"));
    own("hard2", "", "kmesh-type", "hardlink", "kmesh-target", base64("hard2"));
    own("hard3", "", "kmesh-type", "hardlink", "kmesh-target", base64("../b/good"));
    own("hard4", "", "kmesh-type", "hardlink");
    own("sparse", "y", "kmesh-extents", "3+1", "kmesh-size", "5");
    checkAllFail(world.translate("a/").to(world.store, "b/").run(MirrorDialect.FSX));
  }

  @Test
  void metadataThatNoStoreTakes_isAFailure() throws IOException {
    world.put("a/good", "x", Map.of());
    Map<String, Map<String, String>> lies = new HashMap<>();
    lies.put("a/control", Map.of("colour", "red\n"));
    lies.put("a/nul", Map.of("colour", "\0"));
    lies.put("a/name", Map.of("co\nlour", "red"));
    lies.put("a/twins", Map.of("Colour", "red", "colour", "blue"));
    lies.put("a/huge", Map.of("colour", "r".repeat(9000)));
    lies.put("a/link", Map.of("gcsfuse_symlink_target", "l".repeat(5000)));
    lies.put("a/text", Map.of("file-permissions", "0120777"));
    for (String key : lies.keySet()) {
      world.put(key, "", Map.of());
    }
    Lying lying = new Lying(world.store, lies);
    MirrorTranslationReport plan =
        TranslationWorld.translate(lying, "a/").to(lying, "b/").plan(MirrorDialect.FSX);
    MirrorTranslationReport report =
        TranslationWorld.translate(lying, "a/").to(lying, "b/").run(MirrorDialect.FSX);
    assertThat(plan).isEqualTo(report);
    checkAllFail(report);
  }

  /** A stamp and a side's key that somebody wrote do not let a side of another be removed. */
  @Test
  void sideOfAnother_staysWhenAnObjectThatNamesItIsReplaced() throws IOException {
    world.put("a/one", "x", Map.of());
    world.put("b/.kmesh/side/00", "{}", Map.of("kmesh-format", "mirror/0", "kmesh-type", "side"));
    String stamp =
        new Stamp(MirrorDialect.FSX, Stamp.originOf(world.store.uri(), "a/one"), "e", "").text();
    world.put(
        "b/one",
        "y",
        Map.of(Stamp.NAME, stamp, "kmesh-side", ".kmesh/side/00", "kmesh-attempt", "f".repeat(32)));
    MirrorTranslationReport report =
        world.translate("a/").to(world.store, "b/").run(MirrorDialect.FSX);
    assertThat(report.failed()).isEmpty();
    assertThat(world.bare("b/")).containsOnlyKeys("b/.kmesh/side/00", "b/one");
    assertThat(world.bare("b/").get("b/one").body()).isEqualTo("x");
  }

  @Provide
  Arbitrary<Map<String, String>> metadata() {
    Arbitrary<String> names =
        Arbitraries.of(
            "file-permissions",
            "file-mtime",
            "owner",
            "Permissions",
            "modtime",
            "hdi_isfolder",
            "is_symlink",
            "is_char_dev",
            "posix_rdev",
            "goog-reserved-file-atime",
            "gcsfuse_symlink_target",
            "mode",
            "uid",
            "mtime",
            "btime",
            "colour",
            "kmesh-attempt",
            "kmesh-side",
            "kmesh-translated",
            "kmesh-format",
            "kmesh-type",
            "kmesh-size",
            "kmesh-target");
    Arbitrary<String> values =
        Arbitraries.oneOf(
            Arbitraries.strings().ofMaxLength(20),
            Arbitraries.strings().numeric().ofMaxLength(30),
            Arbitraries.of(
                "true", "0100644", "0120777", "2021-03-04T05:06:07Z", "mirror/0", "file", "b25l"));
    return Arbitraries.maps(names, values).ofMaxSize(8);
  }

  /** Whatever is said: it is there in the target's words, or it was left out, or it failed. */
  @Property(tries = 500)
  @Tag("fuzz")
  void anyMetadata_isTranslatedOrAFailure(
      @ForAll("metadata") Map<String, String> metadata, @ForAll MirrorDialect to)
      throws IOException {
    if (to == MirrorDialect.GCSFUSE) {
      return;
    }
    TranslationWorld any = new TranslationWorld();
    any.put("a/one", "x", Map.of());
    Lying lying = new Lying(any.store, Map.of("a/one", metadata));
    MirrorTranslationReport report =
        TranslationWorld.translate(lying, "a/").threads(1).to(lying, "b/").run(to);
    assertThat(report.copied() + report.sent() + report.leftOut() + report.failedCount())
        .isEqualTo(1);
    assertThat(any.bare("b/")).hasSize((int) (report.copied() + report.sent()));
  }
}
