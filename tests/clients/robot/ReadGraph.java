import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import org.geneontology.obographs.core.io.OgJsonGenerator;
import org.geneontology.obographs.core.io.OgJsonReader;

/** Reads an OBO graph, and writes what was read into another file. */
public final class ReadGraph {
    public static void main(String[] arguments) throws Exception {
        var document = OgJsonReader.readFile(new File(arguments[0]));
        Files.writeString(Path.of(arguments[1]), OgJsonGenerator.render(document));
    }
}
