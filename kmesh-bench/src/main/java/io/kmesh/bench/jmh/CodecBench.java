// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.jmh;

import io.kmesh.copytool.internal.ActionItemCodec;
import io.kmesh.engine.ArchiveReceipt;
import io.kmesh.engine.ReceiptCodec;
import io.kmesh.engine.WorkCodec;
import io.kmesh.engine.WorkPlace;
import io.kmesh.engine.WorkUnit;
import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.Extent;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.lustre.ActionItem;
import io.kmesh.spi.store.Sha256;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** The stored forms that each file costs. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class CodecBench {
  private static final Fid FID = new Fid(0x200000401L, 7, 0);

  private final ArchiveReceipt receipt =
      new ArchiveReceipt(
          FID,
          42,
          "ckpt",
          "job42/ckpt.100/rank-0007.h5",
          "0123456789abcdef-0123456789abcdef",
          1 << 20,
          new Sha256(new byte[32]));
  private final WorkUnit unit =
      new WorkUnit(
          "0123456789abcdef0123456789abcdef",
          "lab",
          new WorkPlace.AtPath(PathBytes.of("job42/ckpt.100/rank-0007.h5")),
          42,
          0,
          8 << 20,
          "ckpt",
          new WorkPlace.AtPart("job42/ckpt.100/rank-0007.h5", "upload", 1),
          0,
          List.of());
  private final ActionItem item =
      new ActionItem(
          0,
          HsmActionKind.ARCHIVE,
          77,
          FID,
          FID,
          ArchiveId.of(1),
          0,
          new Extent(0, -1),
          new byte[0]);
  private final byte[] receiptBytes = ReceiptCodec.encode(receipt);
  private final byte[] unitBytes = WorkCodec.encode(unit);
  private final byte[] itemBytes = ActionItemCodec.encode(item);

  /** A receipt to bytes. */
  @Benchmark
  public byte[] receiptEncode() {
    return ReceiptCodec.encode(receipt);
  }

  /** And back. */
  @Benchmark
  public ArchiveReceipt receiptDecode() throws IOException {
    return ReceiptCodec.decode(receiptBytes);
  }

  /** A unit of work to bytes. */
  @Benchmark
  public byte[] workEncode() {
    return WorkCodec.encode(unit);
  }

  /** And back. */
  @Benchmark
  public WorkUnit workDecode() throws IOException {
    return WorkCodec.decodeUnit(unitBytes);
  }

  /** A copytool's journalled action to bytes. */
  @Benchmark
  public byte[] actionEncode() {
    return ActionItemCodec.encode(item);
  }

  /** And back. */
  @Benchmark
  public ActionItem actionDecode() throws IOException {
    return ActionItemCodec.decode("bench", ActionItemCodec.FORMAT, itemBytes);
  }
}
