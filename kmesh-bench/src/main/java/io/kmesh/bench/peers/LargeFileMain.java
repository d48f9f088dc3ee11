// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.peers;

import com.sun.management.OperatingSystemMXBean;
import io.kmesh.Endpoint;
import io.kmesh.Kmesh;
import io.kmesh.flows.DataFlow;
import io.kmesh.sites.Export;
import io.kmesh.testkit.state.MemoryState;
import io.kmesh.testkit.time.RunningTime;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import java.util.Set;

/**
 * Large files of a flow between two sites, both in this process, over TLS on loopback: {@code WORK
 * MIB ROUNDS}. In each round a file of noise that is like none, then its copy with a byte more at
 * its begin, then with a block of 64 KiB written over in the middle. Prints for each what went over
 * the sockets and the processor time of both sites.
 */
public final class LargeFileMain {
  private static final Duration LIMIT = Duration.ofMinutes(10);
  private static final OperatingSystemMXBean SYSTEM =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

  private final Path work;
  private final Path source;
  private final DataFlow flow;
  private long files;

  private LargeFileMain(Path work, Path source, DataFlow flow) {
    this.work = work;
    this.source = source;
    this.flow = flow;
  }

  /**
   * Runs it.
   *
   * @param args an empty directory, the MiB of a file, how many rounds
   */
  public static void main(String[] args) throws IOException {
    Path work = Files.createDirectories(Path.of(args[0]));
    Path source = Files.createDirectories(work.resolve("source"));
    Path exported = Files.createDirectories(work.resolve("exported"));
    try (Kmesh lab =
            Kmesh.builder()
                .state(MemoryState.create(RunningTime.instance()))
                .flowFolder(work.resolve("lab-flows"))
                .site(work.resolve("lab-site"))
                .listenForEnrolment("127.0.0.1:0")
                .build();
        Kmesh burst =
            Kmesh.builder()
                .state(MemoryState.create(RunningTime.instance()))
                .flowFolder(work.resolve("burst-flows"))
                .site(work.resolve("burst-site"))
                .listen("127.0.0.1:0")
                .export(
                    new Export(
                        "data",
                        Endpoint.directory(exported),
                        Export.Access.READ_WRITE,
                        Set.of("lab")))
                .build()) {
      lab.sites().createAuthority("lab", "127.0.0.1:1");
      burst.sites().enrol(lab.sites().issueToken("burst", LIMIT));
      lab.sites().reach("burst", burst.sites().listening().orElseThrow());
      DataFlow flow =
          lab.dataFlows()
              .ensure(
                  "job",
                  f ->
                      f.from(Endpoint.directory(source))
                          .to(Endpoint.at("burst", "data/job"))
                          .async()
                          .scanPause(Duration.ofSeconds(30)));
      flow.start().awaitInSync(LIMIT);
      LargeFileMain main = new LargeFileMain(work, source, flow);
      for (int round = 0; round < Integer.parseInt(args[2]); round++) {
        main.round(round, Integer.parseInt(args[1]) << 20);
      }
    }
  }

  private void round(int round, int size) throws IOException {
    byte[] noise = new byte[size];
    new Random(round).nextBytes(noise);
    measure("noise", "f" + round, noise);
    byte[] shifted = new byte[size + 1];
    System.arraycopy(noise, 0, shifted, 1, size);
    measure("copy, one byte more at the begin", "g" + round, shifted);
    byte[] block = new byte[64 << 10];
    new Random(-1 - round).nextBytes(block);
    byte[] changed = Arrays.copyOf(noise, size);
    System.arraycopy(block, 0, changed, size / 2, block.length);
    measure("64 KiB written over in the middle", "f" + round, changed);
  }

  private void measure(String what, String name, byte[] bytes) throws IOException {
    Path made = work.resolve("made");
    Files.write(made, bytes);
    Files.setLastModifiedTime(made, FileTime.fromMillis(1_000_000L * ++files)); // not young
    long cpu = SYSTEM.getProcessCpuTime();
    long wire = flow.status().wireBytes();
    long begin = System.nanoTime();
    Files.move(made, source.resolve(name), StandardCopyOption.REPLACE_EXISTING);
    flow.awaitInSync(LIMIT);
    double seconds = (System.nanoTime() - begin) / 1e9;
    System.out.printf(
        Locale.ROOT,
        "%s: %d bytes, %d on the wire (%.3f %%), %.2f CPU-s, %.2f s%n",
        what,
        bytes.length,
        flow.status().wireBytes() - wire,
        100.0 * (flow.status().wireBytes() - wire) / bytes.length,
        (SYSTEM.getProcessCpuTime() - cpu) / 1e9,
        seconds);
  }
}
