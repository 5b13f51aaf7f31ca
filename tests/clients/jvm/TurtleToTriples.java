// Reads a Turtle file by RDF4J and prints its triples as N-Triples.
// Arguments: the Turtle file.

import java.io.FileInputStream;
import org.eclipse.rdf4j.rio.RDFFormat;
import org.eclipse.rdf4j.rio.RDFParser;
import org.eclipse.rdf4j.rio.Rio;

public class TurtleToTriples {
  public static void main(String[] arguments) throws Exception {
    RDFParser parser = Rio.createParser(RDFFormat.TURTLE);
    parser.setRDFHandler(Rio.createWriter(RDFFormat.NTRIPLES, System.out));
    try (FileInputStream turtle = new FileInputStream(arguments[0])) {
      parser.parse(turtle, "");
    }
  }
}
