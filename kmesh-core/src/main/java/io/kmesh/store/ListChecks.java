// SPDX-License-Identifier: Apache-2.0
package io.kmesh.store;

import static io.kmesh.store.CheckFailure.require;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.LevelPage;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.spi.store.StoreCapability;
import io.kmesh.spi.store.StoreChecks;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Names of objects, and lists of them. One thread. */
final class ListChecks {
  /** What file names may be, and what URLs, XML and file systems make of them. */
  private static final List<String> AWKWARD =
      List.of(
          "d",
          "d/b",
          "d/b/c",
          "d/",
          "two//slashes",
          "dots/./.././x",
          "dot.",
          " space ",
          "plus+and%2Bpercent%",
          "?#&=;:@!$'()*,[]{}|^`~\"<>",
          "back\\slash",
          "line\nfeed",
          "tab\t",
          "control\u0001",
          "\u00e9 composed",
          "e\u0301 decomposed",
          "\uffee",
          "\ud83d\ude00",
          "-dash",
          "CaSe",
          "case");

  /** Their order tells that of UTF-8 from others: of UTF-16, of words, without case. */
  private static final List<String> ORDERED =
      List.of(
          "a",
          "a ",
          "a!",
          "a-b",
          "a.b",
          "a/b",
          "a0",
          "aa",
          "a\u00e9",
          "a\uffee",
          "a\ud83d\ude00",
          "B",
          "~");

  private final Trial trial;

  ListChecks(Trial trial) {
    this.trial = trial;
  }

  String keys() throws IOException, CheckFailure {
    List<String> kept = new ArrayList<>();
    List<String> refused = new ArrayList<>();
    for (String name : AWKWARD) {
      String key = "keys/" + name;
      ErrorKind kind = trial.failureOf(trial.putting(key, utf8(name), PutOptions.NONE));
      if (kind == null) {
        kept.add(key);
      } else {
        require(
            kind == ErrorKind.INVALID || kind == ErrorKind.UNSUPPORTED,
            "a put at " + quoted(name) + " ends as " + kind + ", not as INVALID");
        refused.add(quoted(name));
      }
    }
    for (String key : kept) {
      String name = key.substring("keys/".length());
      require(
          new String(trial.content(key), StandardCharsets.UTF_8).equals(name),
          "what was put at " + quoted(name) + " is not there: another name took its place");
    }
    List<String> listed = trial.keys("keys/", Integer.MAX_VALUE);
    if (listed.size() != kept.size() || !new HashSet<>(listed).equals(new HashSet<>(kept))) {
      TreeSet<String> missing = new TreeSet<>(kept);
      missing.removeAll(listed);
      TreeSet<String> more = new TreeSet<>(listed);
      more.removeAll(kept);
      throw CheckFailure.failed(
          "the list lacks " + quotedAll(missing) + " and has " + quotedAll(more));
    }
    if (!refused.isEmpty()) {
      throw CheckFailure.absent("it refuses " + String.join(", ", refused));
    }
    return kept.size() + " names that are hard to carry are kept exactly";
  }

  String longKeys() throws IOException, CheckFailure {
    int most = trial.store().limits().maxKeyBytes();
    // Names of files have 255 bytes at most, and some stores make files of keys.
    StringBuilder key = new StringBuilder("long/");
    while (key.length() < most) {
      key.append(key.length() % 200 == 0 && key.length() < most - 1 ? '/' : 'k');
    }
    ObjectInfo put = trial.put(key.toString(), utf8("x"), PutOptions.NONE);
    require(put.key().contentEquals(key), "a key of " + most + " bytes becomes another");
    require(
        trial.keys("long/", 10).contains(key.toString()),
        "a key of " + most + " bytes is not in the list");
    return "a key of " + most + " bytes below this prefix";
  }

  String order() throws IOException, CheckFailure {
    List<String> expected = new ArrayList<>();
    for (String name : ORDERED) {
      String key = "order/" + name;
      ErrorKind kind = trial.failureOf(trial.putting(key, utf8(name), PutOptions.NONE));
      if (kind == null) {
        expected.add(key);
      }
    }
    require(expected.size() > 2, "puts of plain names fail");
    expected.sort(StoreChecks.UTF8_ORDER);
    List<String> listed = trial.keys("order/", Integer.MAX_VALUE);
    boolean isOrdered = listed.equals(expected);
    if (!trial.can(StoreCapability.UTF8_KEY_ORDER)) {
      throw CheckFailure.absent(
          "it promises no order; these "
              + expected.size()
              + " keys came "
              + (isOrdered ? "in that of UTF-8" : "in another than that of UTF-8"));
    }
    require(
        isOrdered,
        "it lists "
            + quotedAll(listed.stream().map(k -> k.substring("order/".length())).toList())
            + ", which is not the order of UTF-8");
    return expected.size() + " keys whose order tells UTF-8 from others";
  }

  String pages() throws IOException, CheckFailure {
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < 7; i++) {
      expected.add("pages/" + i + "/x");
      trial.put("pages/" + i + "/x", utf8("x"), PutOptions.NONE);
    }
    trial.put("pages.x", utf8("x"), PutOptions.NONE);
    for (int limit : new int[] {1, 2, 3, 7, 1000}) {
      List<String> listed = trial.keys("pages/", limit);
      require(
          listed.size() == expected.size() && new HashSet<>(listed).equals(new HashSet<>(expected)),
          "pages of " + limit + " give " + listed.size() + " keys of " + expected.size());
    }
    List<String> all = trial.keys("pages/", 1000);
    List<String> behind = new ArrayList<>();
    trial
        .list(new ListRequest("pages/", all.get(3), 100))
        .objects()
        .forEach(info -> behind.add(info.key()));
    require(
        behind.equals(all.subList(4, all.size())),
        "a list behind the fourth of seven keys gives " + behind.size());
    return "pages of 1, 2, 3 and 7, and behind a key";
  }

  String levels() throws IOException, CheckFailure {
    List<String> keys = List.of("level/x", "level/d/1", "level/d/2", "level/e/f/1", "level/y");
    for (String key : keys) {
      trial.put(key, utf8("x"), PutOptions.NONE);
    }
    for (int limit : new int[] {1, 2, 100}) {
      List<String> found = new ArrayList<>();
      String next = null;
      do {
        require(found.size() < 1000, "the list of a level does not come to its end");
        LevelPage page = level(limit, next);
        page.objects().forEach(info -> found.add(info.key()));
        found.addAll(page.prefixes());
        next = page.nextOrNull();
      } while (next != null);
      require(
          found.size() == 4
              && new HashSet<>(found)
                  .equals(new HashSet<>(List.of("level/x", "level/y", "level/d/", "level/e/"))),
          "pages of " + limit + " of a level with x, y, d/ and e/ give " + found);
    }
    return "what is at a level, and what has more below, once each";
  }

  private LevelPage level(int limit, @Nullable String next) throws IOException, CheckFailure {
    try {
      return trial.call(() -> trial.store().listLevel("level/", '/', limit, next));
    } catch (ProviderException e) {
      if (e.kind() == ErrorKind.UNSUPPORTED) {
        throw CheckFailure.absent("it refuses it: " + e.getMessage());
      }
      throw e;
    }
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String quotedAll(Iterable<String> names) {
    List<String> all = new ArrayList<>();
    names.forEach(name -> all.add(quoted(name)));
    return all.isEmpty() ? "nothing" : String.join(", ", all);
  }

  /** A name with what a terminal would not print as an escape. */
  static String quoted(String name) {
    StringBuilder text = new StringBuilder("\"");
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      boolean isPlain = c >= ' ' && c < 0x7f && c != '"' && c != '\\';
      text.append(isPlain ? String.valueOf(c) : String.format(Locale.ROOT, "\\u%04x", (int) c));
    }
    return text.append('"').toString();
  }
}
