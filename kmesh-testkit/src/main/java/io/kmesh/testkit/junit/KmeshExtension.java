// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.junit;

import io.kmesh.testkit.lustre.SimulatedLustre;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Fails a test that leaves something behind: directories, files and sessions below what {@link
 * KmeshResources} watches (with the stack of who opened them), uploads in the stores it watches,
 * and threads named {@code kmesh-*}. Where a test fails, the seed of its randomness is told.
 *
 * <p>Test methods (and constructors, and methods before each test) may have parameters of these
 * types: {@link Random} (seeded by the test's name, or by the system property {@code kmesh.seed}),
 * {@link ManualTime}, {@link MemoryStore} (with that time, watched), {@link SimulatedLustre} (with
 * that time and seed, in a directory of its own, closed after the test) and {@link KmeshResources}.
 * Each is made once a test.
 */
public final class KmeshExtension
    implements BeforeEachCallback, AfterEachCallback, ParameterResolver {
  private static final ExtensionContext.Namespace NAMESPACE =
      ExtensionContext.Namespace.create(KmeshExtension.class);

  /** Shared timers of the whole process, which end by themselves. */
  private static final Set<String> SHARED = Set.of("kmesh-timer-1", "kmesh-machine-timer");

  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(5);

  private static final Map<Class<?>, Function<Made, Object>> MAKERS =
      Map.of(
          Random.class, m -> new Random(m.seed),
          ManualTime.class, Made::time,
          MemoryStore.class, Made::store,
          SimulatedLustre.class, Made::lustre,
          KmeshResources.class, m -> m.resources);

  /** For JUnit, which makes one when a test class names it. */
  public KmeshExtension() {}

  @Override
  public void beforeEach(ExtensionContext context) {
    made(context);
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return MAKERS.containsKey(parameter.getParameter().getType());
  }

  @Override
  public @Nullable Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    Class<?> type = parameter.getParameter().getType();
    Made made = made(context);
    Function<Made, Object> maker = MAKERS.get(type);
    Object value = made.values.get(type);
    if (value == null && maker != null) {
      value = maker.apply(made);
      made.values.put(type, value);
    }
    return value;
  }

  @Override
  public void afterEach(ExtensionContext context) throws IOException {
    Made made = made(context);
    List<Throwable> leaks = made.resources.leaks();
    IOException closeFailure = made.close();
    leaks.addAll(made.threadLeaks());
    String seed = "Run it with -Dkmesh.seed=" + made.seed + " to have the same randomness.";
    Throwable failure = context.getExecutionException().orElse(null);
    if (failure != null) {
      failure.addSuppressed(new Throwable(seed));
      leaks.forEach(failure::addSuppressed);
      return;
    }
    if (!leaks.isEmpty()) {
      StringBuilder message = new StringBuilder("The test left " + leaks.size() + " open:");
      leaks.forEach(leak -> message.append("\n  ").append(leak.getMessage()));
      AssertionError error = new AssertionError(message + "\n" + seed);
      leaks.forEach(error::addSuppressed);
      throw error;
    }
    if (closeFailure != null) {
      throw closeFailure;
    }
  }

  private static Made made(ExtensionContext context) {
    return context
        .getStore(NAMESPACE)
        .getOrComputeIfAbsent(context.getUniqueId(), id -> new Made(seed(id)), Made.class);
  }

  private static long seed(String id) {
    return Long.getLong("kmesh.seed", id.hashCode());
  }

  /** What one test has. */
  private static final class Made {
    private final long seed;
    private final KmeshResources resources = new KmeshResources();
    private final Map<Class<?>, Object> values = new java.util.LinkedHashMap<>();
    private final Set<Thread> threadsBefore = kmeshThreads();
    private @Nullable Path directory;
    private @Nullable SimulatedLustre lustre;

    Made(long seed) {
      this.seed = seed;
    }

    private ManualTime time() {
      return (ManualTime) values.computeIfAbsent(ManualTime.class, t -> ManualTime.create());
    }

    private MemoryStore store() {
      return resources.watch(MemoryStore.builder().time(time()).build());
    }

    private SimulatedLustre lustre() {
      try {
        directory = Files.createTempDirectory("kmesh-lustre-");
        lustre = SimulatedLustre.builder(directory).time(time()).seed(seed).open();
        return lustre;
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    }

    private @Nullable IOException close() {
      try {
        if (lustre != null) {
          lustre.close();
        }
        if (directory != null) {
          deleteTree(directory);
        }
        return null;
      } catch (IOException e) {
        return e;
      }
    }

    private List<Throwable> threadLeaks() {
      long deadline = System.nanoTime() + PATIENCE_NANOS;
      List<Throwable> leaks = new ArrayList<>();
      for (Thread thread : kmeshThreads()) {
        if (threadsBefore.contains(thread)) {
          continue;
        }
        try {
          // A pool that was just shut down is still ending its threads.
          thread.join(Math.max(1, (deadline - System.nanoTime()) / 1_000_000));
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
        if (thread.isAlive()) {
          Throwable leak = new Throwable("the thread " + thread.getName() + " is alive");
          leak.setStackTrace(thread.getStackTrace());
          leaks.add(leak);
        }
      }
      return leaks;
    }
  }

  private static Set<Thread> kmeshThreads() {
    Set<Thread> threads = new HashSet<>();
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().startsWith("kmesh-") && !SHARED.contains(thread.getName())) {
        threads.add(thread);
      }
    }
    return threads;
  }

  private static void deleteTree(Path root) throws IOException {
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<Path>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
              throws IOException {
            if (failure != null) {
              throw failure;
            }
            Files.delete(directory);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
