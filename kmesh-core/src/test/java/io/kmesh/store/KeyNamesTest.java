// SPDX-License-Identifier: Apache-2.0
package io.kmesh.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Walks over names that are kept, while this process and others change them. */
class KeyNamesTest {
  private static final Path OBJECTS = Path.of("/s/objects");
  private static final List<String> PARTS =
      List.of("a", "b", "a!", "a0", "zz", "\u00e4", "", "%", "x".repeat(250), "x".repeat(200));

  /** A folder of objects, the keys that are in it, and a process that walks. */
  private static final class World {
    private final MemoryFiles memory = new MemoryFiles();
    private final StoreFiles.Exclusive lock;
    private final KeyNames names;
    private final TreeSet<String> keys =
        new TreeSet<>(
            (a, b) ->
                Arrays.compareUnsigned(
                    a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8)));
    private Runnable whileListing = () -> {};

    World(int most, int small) throws IOException {
      memory.makeDirectory(Path.of("/s"));
      memory.makeDirectory(OBJECTS);
      lock = memory.exclusive(Path.of("/s/lock"));
      StoreFiles files =
          (StoreFiles)
              Proxy.newProxyInstance(
                  StoreFiles.class.getClassLoader(),
                  new Class<?>[] {StoreFiles.class},
                  (proxy, method, arguments) -> {
                    try {
                      Object result = method.invoke(memory, arguments);
                      if (method.getName().equals("list")) {
                        Runnable once = whileListing;
                        whileListing = () -> {};
                        once.run();
                      }
                      return result;
                    } catch (InvocationTargetException e) {
                      throw e.getCause();
                    }
                  });
      names = new KeyNames(files, lock, most, small);
    }

    /** Puts or deletes a key as this process does. */
    void change(String key, boolean put) throws IOException {
      names.beginCommit();
      change(key, put, new Commit(memory, names, OBJECTS));
    }

    /** The same by another process. */
    void changeElsewhere(String key, boolean put) throws IOException {
      lock.countChange();
      KeyNames others = new KeyNames(memory, lock);
      change(key, put, new Commit(memory, others, OBJECTS));
    }

    private void change(String key, boolean put, Commit commit) throws IOException {
      Path file = new StoreLayout(Path.of("/s")).object(key);
      if (put) {
        commit.prepare(Set.of(file.getParent()));
        Path draft = Path.of("/s/draft");
        memory.create(draft).close();
        commit.publish(draft, file);
        keys.add(key);
      } else {
        commit.delete(file);
        commit.removeEmptied();
        keys.remove(key);
      }
    }

    List<String> walk(String prefix, @Nullable String after, int limit) throws IOException {
      return KeyWalk.keys(names, OBJECTS, prefix, after, limit);
    }

    List<String> expected(String prefix, @Nullable String after, int limit) {
      return (after == null ? keys : keys.tailSet(after, false))
          .stream().filter(k -> k.startsWith(prefix)).limit(limit).toList();
    }
  }

  @Property(tries = 200)
  void keys_whenNamesChangeBetweenPages_areThoseThatAreThere(
      @ForAll long seed, @ForAll boolean elsewhere) throws IOException {
    Random random = new Random(seed);
    World world = new World(2 + random.nextInt(6), random.nextInt(3));
    for (int step = 0; step < 60; step++) {
      for (int i = random.nextInt(4); i > 0; i--) {
        String key = key(random);
        if (elsewhere && random.nextInt(3) == 0) {
          world.changeElsewhere(key, random.nextBoolean());
        } else {
          world.change(key, random.nextInt(3) > 0);
        }
      }
      String prefix = random.nextInt(3) == 0 ? "" : cut(key(random), random);
      String after = random.nextInt(3) == 0 ? null : key(random);
      int limit = 1 + random.nextInt(7);
      assertThat(world.walk(prefix, after, limit))
          .as("keys of '%s' behind '%s', %d", prefix, after, limit)
          .isEqualTo(world.expected(prefix, after, limit));
    }
  }

  private static String key(Random random) {
    StringBuilder key = new StringBuilder(PARTS.get(random.nextInt(PARTS.size())));
    while (random.nextBoolean()) {
      key.append('/').append(PARTS.get(random.nextInt(PARTS.size())));
    }
    return key.isEmpty() ? "k" : key.toString();
  }

  private static String cut(String key, Random random) {
    return key.substring(0, random.nextInt(key.length() + 1));
  }

  @Property(tries = 100)
  void keys_whenNamesChangeWhileADirectoryIsRead_areKnownAfterwards(@ForAll long seed)
      throws IOException {
    Random random = new Random(seed);
    World world = new World(40, 0);
    for (int i = 0; i < 30; i++) {
      world.change("k" + random.nextInt(60), true);
    }
    Set<String> unsure = new HashSet<>();
    world.whileListing =
        () -> {
          for (int i = 0; i < 20; i++) {
            String key = "k" + random.nextInt(60);
            unsure.add(key);
            try {
              world.change(key, random.nextBoolean());
            } catch (IOException e) {
              throw new AssertionError(e);
            }
          }
        };
    List<String> during = new ArrayList<>(world.walk("", null, 100));
    during.removeAll(unsure);
    List<String> stable = new ArrayList<>(world.keys);
    stable.removeAll(unsure);
    assertThat(during).isEqualTo(stable);
    long reads = world.names.reads();
    assertThat(world.walk("", null, 100)).isEqualTo(List.copyOf(world.keys));
    assertThat(world.names.reads()).as("what changed was noted, not read").isEqualTo(reads);
  }

  @Test
  void keys_whenDirectoryIsLarge_areReadOnceForManyPages() throws IOException {
    World world = new World(1000, 100);
    for (int i : IntStream.range(0, 2500).toArray()) {
      world.change(String.format("flat/%05d", i), true);
    }
    long before = world.names.reads();
    List<String> all = new ArrayList<>();
    List<String> page = world.walk("flat/", null, 10);
    while (!page.isEmpty()) {
      all.addAll(page);
      if (all.size() == 500) {
        world.change("flat/00500x", true);
        world.change("flat/00007", false);
      }
      page = world.walk("flat/", all.get(all.size() - 1), 10);
    }
    assertThat(all).hasSize(2501).contains("flat/00500x", "flat/00007");
    assertThat(world.names.reads() - before).isEqualTo(3);
    assertThat(world.names.window(OBJECTS.resolve("flat"))).isNotNull();
  }

  @Test
  void keys_whenAnotherProcessCommitted_areReadAnew() throws IOException {
    World world = new World(1000, 2);
    for (int i = 0; i < 10; i++) {
      world.change("k" + i, true);
    }
    assertThat(world.walk("", null, 3)).containsExactly("k0", "k1", "k2");
    world.changeElsewhere("k20", true);
    assertThat(world.walk("", "k2", 1)).containsExactly("k20");
  }

  @Test
  void name_whenMadeOfAnEntry_isItsName() {
    for (String part : PARTS) {
      for (String name : KeyPaths.names(part.isEmpty() ? "/" : part + "/" + part)) {
        KeyPaths.Entry entry = KeyPaths.parse(name).orElseThrow();
        assertThat(KeyPaths.name(entry.begin(), entry.kind())).isEqualTo(name);
      }
    }
  }
}
