// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.jmh;

import io.kmesh.lustre.ChangelogRecord;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.FileComponent;
import io.kmesh.lustre.FileLayout;
import io.kmesh.lustre.StripeObject;
import io.kmesh.lustre.Striping;
import io.kmesh.lustre.jna.internal.wire.Abi;
import io.kmesh.lustre.jna.internal.wire.AbiConstants;
import io.kmesh.lustre.jna.internal.wire.ChangelogDecoder;
import io.kmesh.lustre.jna.internal.wire.LayoutDecoder;
import io.kmesh.lustre.jna.internal.wire.LayoutEncoder;
import io.kmesh.lustre.jna.internal.wire.LayoutSource;
import io.kmesh.spi.ProviderException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Blackhole;

/**
 * Lustre's bytes made values, from a buffer: changelog records (goal 3 million a second and core:
 * 333 nanoseconds each) and layouts (1 million: 1,000 nanoseconds each).
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class WireBench {
  private static final int RECORDS = 400;
  private static final long NID = 0x0002_0000_c0a8_010aL;

  private ByteBuffer log;
  private ByteBuffer plain;
  private ByteBuffer composite;

  /** Makes a log as a scratch file system writes it, and two layouts. */
  @Setup
  public void setUp() throws ProviderException {
    ByteBuffer made = ByteBuffer.allocate(1 << 20).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < RECORDS; i++) {
      switch (i % 8) {
        case 0 -> put(made, i, AbiConstants.CL_CREATE, "checkpoint-000" + i + ".part", null);
        case 1, 2 -> put(made, i, AbiConstants.CL_OPEN, "", null);
        case 3, 4 -> put(made, i, AbiConstants.CL_CLOSE, "", null);
        case 5 -> put(made, i, AbiConstants.CL_RENAME, "checkpoint-000" + i, "old-" + i);
        case 6 -> put(made, i, AbiConstants.CL_SETATTR, "", null);
        default -> put(made, i, AbiConstants.CL_UNLINK, "checkpoint-000" + i, null);
      }
    }
    made.flip();
    log = ByteBuffer.allocateDirect(made.remaining()).put(made).flip();
    System.out.printf("%d records, %d bytes%n", RECORDS, log.remaining());
    plain = bytes(FileLayout.plain(stripes(1, 1)));
    composite =
        bytes(
            FileLayout.composite(
                List.of(
                    component(1, 0, 1 << 20, stripes(1, 1)),
                    component(2, 1 << 20, 1 << 30, stripes(4, 2)),
                    component(3, 1 << 30, -1, stripes(16, 3)))));
  }

  private static void put(ByteBuffer out, int index, int type, String name, String old) {
    int extra =
        AbiConstants.CLFE_UIDGID
            | AbiConstants.CLFE_NID
            | (type == AbiConstants.CL_OPEN ? AbiConstants.CLFE_OPEN : 0);
    byte[] names = (old == null ? name : name + '\0' + old).getBytes(StandardCharsets.UTF_8);
    int at = out.position();
    out.putShort(at + Abi.ChangelogRec.CR_NAMELEN, (short) names.length);
    out.putShort(
        at + Abi.ChangelogRec.CR_FLAGS,
        (short)
            (AbiConstants.CLF_VERSION
                | AbiConstants.CLF_JOBID
                | AbiConstants.CLF_EXTRA_FLAGS
                | (old == null ? 0 : AbiConstants.CLF_RENAME)));
    out.putInt(at + Abi.ChangelogRec.CR_TYPE, type);
    out.putLong(at + Abi.ChangelogRec.CR_INDEX, 1_000_000L + index);
    out.putLong(at + Abi.ChangelogRec.CR_TIME, (1_795_250_273L << 30) + index * 1_000_000L);
    out.putLong(at + Abi.ChangelogRec.CR_TFID, 0x200000402L);
    out.putInt(at + Abi.ChangelogRec.CR_TFID + 8, 100 + index);
    out.putLong(at + Abi.ChangelogRec.CR_PFID, 0x200000402L);
    out.putInt(at + Abi.ChangelogRec.CR_PFID + 8, 1);
    out.position(at + Abi.ChangelogRec.SIZE);
    if (old != null) {
      out.putLong(0x200000402L).putInt(7).putInt(0).putLong(0x200000402L).putInt(1).putInt(0);
    }
    byte[] job = new byte[Abi.ChangelogExtJobid.SIZE];
    byte[] jobName = ("lammps." + (1000 + index / 50)).getBytes(StandardCharsets.UTF_8);
    System.arraycopy(jobName, 0, job, 0, jobName.length);
    out.put(job).putLong(extra).putLong(1000 + index / 50).putLong(100);
    out.putLong(NID + index / 50).putLong(0).putLong(0);
    if (type == AbiConstants.CL_OPEN) {
      out.putInt(0x8002);
    }
    out.put(names);
  }

  private static Striping stripes(int count, int seed) {
    StripeObject[] objects = new StripeObject[count];
    for (int i = 0; i < count; i++) {
      objects[i] = new StripeObject(i, new Fid(0x280000401L + i, 1000 * seed + i, 0), 0);
    }
    return new Striping(
        Striping.V1,
        Striping.RAID0,
        1 << 20,
        count,
        0,
        null,
        new Striping.Owner(7, 0x200000402L),
        List.of(objects));
  }

  private static FileComponent component(int id, long start, long end, Striping stripes) {
    return new FileComponent(id, 0x10, start, end, 0, 0, 0, stripes);
  }

  private static ByteBuffer bytes(FileLayout layout) throws ProviderException {
    return ByteBuffer.wrap(LayoutEncoder.encode(layout));
  }

  /** One record of a buffer as read from the device. */
  @Benchmark
  @OperationsPerInvocation(RECORDS)
  public void changelogRecord(Blackhole hole) throws ProviderException {
    ChangelogDecoder decoder = new ChangelogDecoder(0);
    decoder.feed(log.duplicate());
    for (ChangelogRecord r = decoder.next(); r != null; r = decoder.next()) {
      hole.consume(r);
    }
  }

  /** A plain layout of one stripe. */
  @Benchmark
  public FileLayout plainLayout() throws ProviderException {
    return LayoutDecoder.decode(plain, LayoutSource.FILE);
  }

  /** A composite one of three components with 21 stripes. */
  @Benchmark
  public FileLayout compositeLayout() throws ProviderException {
    return LayoutDecoder.decode(composite, LayoutSource.FILE);
  }
}
